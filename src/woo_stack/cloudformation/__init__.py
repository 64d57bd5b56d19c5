"""What is done with a template in an AWS account: change sets, uploads, deployments and what they tell.

Nothing outside imports it before something is asked of AWS: it needs boto3, which takes a while to load.
"""
