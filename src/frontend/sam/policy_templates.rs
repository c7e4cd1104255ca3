//! SAM's policy templates: what each of them allows.
//!
//! `LambdaInvokePolicy` apart, none of them lets anybody call an API or a function, so their resources are left open.
//! The actions are those of the AWS documentation, page `serverless-policy-template-list`.

/// A template a line: its name, and its actions by service. An indented line goes on with the one above.
const TEMPLATES: &str = "\
AMIDescribePolicy ec2:DescribeImages
AWSSecretsManagerGetSecretValuePolicy secretsmanager:GetSecretValue
AWSSecretsManagerRotationPolicy secretsmanager:DescribeSecret,GetSecretValue,PutSecretValue,UpdateSecretVersionStage,GetRandomPassword
AcmGetCertificatePolicy acm:GetCertificate
AthenaQueryPolicy athena:ListWorkGroups,GetExecutionEngine,GetExecutionEngines,GetNamespace,GetCatalogs,GetNamespaces
\x20   athena:GetTables,GetTable,StartQueryExecution,GetQueryResults,DeleteNamedQuery,GetNamedQuery
\x20   athena:ListQueryExecutions,StopQueryExecution,GetQueryResultsStream,ListNamedQueries,CreateNamedQuery
\x20   athena:GetQueryExecution,BatchGetNamedQuery,BatchGetQueryExecution,GetWorkGroup
CloudFormationDescribeStacksPolicy cloudformation:DescribeStacks
CloudWatchDashboardPolicy cloudwatch:GetDashboard,ListDashboards,PutDashboard,ListMetrics
CloudWatchDescribeAlarmHistoryPolicy cloudwatch:DescribeAlarmHistory
CloudWatchPutMetricPolicy cloudwatch:PutMetricData
CodeCommitCrudPolicy codecommit:GitPull,GitPush,CreateBranch,DeleteBranch,GetBranch,ListBranches,MergeBranchesByFastForward
\x20   codecommit:MergeBranchesBySquash,MergeBranchesByThreeWay,UpdateDefaultBranch,BatchDescribeMergeConflicts
\x20   codecommit:CreateUnreferencedMergeCommit,DescribeMergeConflicts,GetMergeCommit,GetMergeOptions
\x20   codecommit:BatchGetPullRequests,CreatePullRequest,DescribePullRequestEvents,GetCommentsForPullRequest
\x20   codecommit:GetCommitsFromMergeBase,GetMergeConflicts,GetPullRequest,ListPullRequests,MergePullRequestByFastForward
\x20   codecommit:MergePullRequestBySquash,MergePullRequestByThreeWay,PostCommentForPullRequest
\x20   codecommit:UpdatePullRequestDescription,UpdatePullRequestStatus,UpdatePullRequestTitle,DeleteFile
\x20   codecommit:GetBlob,GetFile,GetFolder,PutFile,DeleteCommentContent,GetComment,GetCommentsForComparedCommit
\x20   codecommit:PostCommentForComparedCommit,PostCommentReply,UpdateComment,BatchGetCommits,CreateCommit
\x20   codecommit:GetCommit,GetCommitHistory,GetDifferences,GetObjectIdentifier,GetReferences,GetTree
\x20   codecommit:GetRepository,UpdateRepositoryDescription,ListTagsForResource,TagResource,UntagResource
\x20   codecommit:GetRepositoryTriggers,PutRepositoryTriggers,TestRepositoryTriggers,UploadArchive
\x20   codecommit:GetUploadArchiveStatus,CancelUploadArchive
CodeCommitReadPolicy codecommit:GitPull,GetBranch,ListBranches,BatchDescribeMergeConflicts,DescribeMergeConflicts
\x20   codecommit:GetMergeCommit,GetMergeOptions,BatchGetPullRequests,DescribePullRequestEvents
\x20   codecommit:GetCommentsForPullRequest,GetCommitsFromMergeBase,GetMergeConflicts,GetPullRequest
\x20   codecommit:ListPullRequests,GetBlob,GetFile,GetFolder,GetComment,GetCommentsForComparedCommit
\x20   codecommit:BatchGetCommits,GetCommit,GetCommitHistory,GetDifferences,GetObjectIdentifier
\x20   codecommit:GetReferences,GetTree,GetRepository,ListTagsForResource,GetRepositoryTriggers
\x20   codecommit:TestRepositoryTriggers,GetUploadArchiveStatus
CodePipelineLambdaExecutionPolicy codepipeline:PutJobSuccessResult,PutJobFailureResult
CodePipelineReadOnlyPolicy codepipeline:ListPipelineExecutions
ComprehendBasicAccessPolicy comprehend:BatchDetectKeyPhrases,DetectDominantLanguage,DetectEntities,BatchDetectEntities
\x20   comprehend:DetectKeyPhrases,DetectSentiment,BatchDetectDominantLanguage,BatchDetectSentiment
CostExplorerReadOnlyPolicy ce:GetCostAndUsage,GetDimensionValues,GetReservationCoverage,GetReservationPurchaseRecommendation
\x20   ce:GetReservationUtilization,GetTags
DynamoDBBackupFullAccessPolicy dynamodb:CreateBackup,DescribeContinuousBackups,DeleteBackup,DescribeBackup,ListBackups
DynamoDBCrudPolicy dynamodb:GetItem,DeleteItem,PutItem,Scan,Query,UpdateItem,BatchWriteItem,BatchGetItem,DescribeTable
\x20   dynamodb:ConditionCheckItem
DynamoDBReadPolicy dynamodb:GetItem,Scan,Query,BatchGetItem,DescribeTable
DynamoDBReconfigurePolicy dynamodb:UpdateTable
DynamoDBRestoreFromBackupPolicy dynamodb:RestoreTableFromBackup,PutItem,UpdateItem,DeleteItem,GetItem,Query,Scan,BatchWriteItem
DynamoDBStreamReadPolicy dynamodb:DescribeStream,GetRecords,GetShardIterator,ListStreams
DynamoDBWritePolicy dynamodb:PutItem,UpdateItem,BatchWriteItem
EC2CopyImagePolicy ec2:CopyImage
EC2DescribePolicy ec2:DescribeRegions,DescribeInstances
EFSWriteAccessPolicy elasticfilesystem:ClientMount,ClientWrite
EKSDescribePolicy eks:DescribeCluster,ListClusters
EcsRunTaskPolicy ecs:RunTask
ElasticMapReduceAddJobFlowStepsPolicy elasticmapreduce:AddJobFlowSteps
ElasticMapReduceCancelStepsPolicy elasticmapreduce:CancelSteps
ElasticMapReduceModifyInstanceFleetPolicy elasticmapreduce:ModifyInstanceFleet,ListInstanceFleets
ElasticMapReduceModifyInstanceGroupsPolicy elasticmapreduce:ModifyInstanceGroups,ListInstanceGroups
ElasticMapReduceSetTerminationProtectionPolicy elasticmapreduce:SetTerminationProtection
ElasticMapReduceTerminateJobFlowsPolicy elasticmapreduce:TerminateJobFlows
ElasticsearchHttpPostPolicy es:ESHttpPost,ESHttpPut
EventBridgePutEventsPolicy events:PutEvents
FilterLogEventsPolicy logs:FilterLogEvents
FirehoseCrudPolicy firehose:CreateDeliveryStream,DeleteDeliveryStream,DescribeDeliveryStream,PutRecord,PutRecordBatch
\x20   firehose:UpdateDestination
FirehoseWritePolicy firehose:PutRecord,PutRecordBatch
KMSDecryptPolicy kms:Decrypt
KMSEncryptPolicy kms:Encrypt
KMSEncryptPolicy_v2 kms:Encrypt,GenerateDataKey,GenerateDataKeyWithoutPlaintext,GenerateDataKeyPair,GenerateDataKeyPairWithoutPlaintext
KinesisCrudPolicy kinesis:AddTagsToStream,CreateStream,DecreaseStreamRetentionPeriod,DeleteStream,DescribeStream
\x20   kinesis:DescribeStreamSummary,GetShardIterator,IncreaseStreamRetentionPeriod,ListTagsForStream
\x20   kinesis:MergeShards,PutRecord,PutRecords,SplitShard,RemoveTagsFromStream
KinesisStreamReadPolicy kinesis:ListStreams,DescribeLimits,DescribeStream,DescribeStreamSummary,GetRecords,GetShardIterator
MobileAnalyticsWriteOnlyAccessPolicy mobileanalytics:PutEvents
OrganizationsListAccountsPolicy organizations:ListAccounts
PinpointEndpointAccessPolicy mobiletargeting:GetEndpoint,UpdateEndpoint,UpdateEndpointsBatch
PollyFullAccessPolicy polly:GetLexicon,DeleteLexicon,DescribeVoices,ListLexicons,PutLexicon,SynthesizeSpeech
RekognitionDetectOnlyPolicy rekognition:DetectFaces,DetectLabels,DetectModerationLabels,DetectText
RekognitionFacesManagementPolicy rekognition:IndexFaces,DeleteFaces,SearchFaces,SearchFacesByImage,ListFaces
RekognitionFacesPolicy rekognition:CompareFaces,DetectFaces
RekognitionLabelsPolicy rekognition:DetectLabels,DetectModerationLabels
RekognitionNoDataAccessPolicy rekognition:CompareFaces,DetectFaces,DetectLabels,DetectModerationLabels
RekognitionReadPolicy rekognition:ListCollections,ListFaces,SearchFaces,SearchFacesByImage
RekognitionWriteOnlyAccessPolicy rekognition:CreateCollection,IndexFaces
Route53ChangeResourceRecordSetsPolicy route53:ChangeResourceRecordSets
S3CrudPolicy s3:GetObject,ListBucket,GetBucketLocation,GetObjectVersion,PutObject,PutObjectAcl,GetLifecycleConfiguration
\x20   s3:PutLifecycleConfiguration,DeleteObject
S3FullAccessPolicy s3:GetObject,GetObjectAcl,GetObjectVersion,PutObject,PutObjectAcl,DeleteObject,DeleteObjectTagging
\x20   s3:DeleteObjectVersionTagging,GetObjectTagging,GetObjectVersionTagging,PutObjectTagging
\x20   s3:PutObjectVersionTagging,ListBucket,GetBucketLocation,GetLifecycleConfiguration,PutLifecycleConfiguration
S3ReadPolicy s3:GetObject,ListBucket,GetBucketLocation,GetObjectVersion,GetLifecycleConfiguration
S3WritePolicy s3:PutObject,PutObjectAcl,PutLifecycleConfiguration
SESBulkTemplatedCrudPolicy ses:GetIdentityVerificationAttributes,SendEmail,SendRawEmail,SendTemplatedEmail,SendBulkTemplatedEmail
\x20   ses:VerifyEmailIdentity
SESBulkTemplatedCrudPolicy_v2 ses:SendEmail,SendRawEmail,SendTemplatedEmail,SendBulkTemplatedEmail,GetIdentityVerificationAttributes
\x20   ses:VerifyEmailIdentity
SESCrudPolicy ses:GetIdentityVerificationAttributes,SendEmail,SendRawEmail,VerifyEmailIdentity
SESEmailTemplateCrudPolicy ses:CreateTemplate,GetTemplate,ListTemplates,UpdateTemplate,DeleteTemplate,TestRenderTemplate
SESSendBouncePolicy ses:SendBounce
SNSCrudPolicy sns:ListSubscriptionsByTopic,CreateTopic,SetTopicAttributes,Subscribe,Publish
SNSPublishMessagePolicy sns:Publish
SQSPollerPolicy sqs:ChangeMessageVisibility,ChangeMessageVisibilityBatch,DeleteMessage,DeleteMessageBatch
\x20   sqs:GetQueueAttributes,ReceiveMessage
SQSSendMessagePolicy sqs:SendMessage*
SSMParameterReadPolicy ssm:DescribeParameters,GetParameters,GetParameter,GetParametersByPath
SSMParameterWithSlashPrefixReadPolicy ssm:DescribeParameters,GetParameters,GetParameter,GetParametersByPath
SageMakerCreateEndpointConfigPolicy sagemaker:CreateEndpointConfig
SageMakerCreateEndpointPolicy sagemaker:CreateEndpoint
ServerlessRepoReadWriteAccessPolicy serverlessrepo:CreateApplication,CreateApplicationVersion,UpdateApplication,GetApplication
\x20   serverlessrepo:ListApplications,ListApplicationVersions,ListApplicationDependencies
StepFunctionsCallbackPolicy states:SendTaskFailure,SendTaskHeartbeat,SendTaskSuccess
StepFunctionsExecutionPolicy states:StartExecution
StepFunctionsExecutionPolicy_v2 states:StartExecution,StartSyncExecution
TextractDetectAnalyzePolicy textract:DetectDocumentText,StartDocumentTextDetection,StartDocumentAnalysis,AnalyzeDocument
TextractGetResultPolicy textract:GetDocumentTextDetection,GetDocumentAnalysis
TextractPolicy textract:*
VPCAccessPolicy ec2:CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces,DetachNetworkInterface
";

/// The actions of a template, in IAM's words; `None` when SAM has no such template.
pub(super) fn actions(name: &str) -> Option<Vec<String>> {
    let mut lines = TEMPLATES.lines();
    let first = lines.find(|line| line.split(' ').next() == Some(name))?;
    let more = lines.take_while(|line| line.starts_with(' '));
    let parts = first
        .split(' ')
        .skip(1)
        .chain(more.flat_map(str::split_whitespace));
    let all = parts
        .filter_map(|part| part.split_once(':'))
        .flat_map(|(service, actions)| {
            actions
                .split(',')
                .map(move |action| format!("{service}:{action}"))
        });
    Some(all.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_the_actions_of_all_its_lines() {
        assert_eq!(actions("DynamoDBReadPolicy").unwrap().len(), 5);
        assert!(actions("CodeCommitCrudPolicy").unwrap().len() > 40);
        assert_eq!(actions("NoPolicy"), None);
    }

    #[test]
    fn no_template_calls_an_api_or_a_function() {
        assert!(!TEMPLATES.contains("lambda:") && !TEMPLATES.contains("execute-api:"));
    }
}
