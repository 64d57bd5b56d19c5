def read(event, context):
    return {"statusCode": 200}
