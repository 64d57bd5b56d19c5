"""What AWS lets one choose from, where that is a list of numbers."""

#: Of a REST API's cache, in GB: https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html#apigw-Type-Stage-cacheClusterSize
CACHES_GB = (0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237)
#: Of a log group: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
                  3288, 3653)  # fmt: skip
