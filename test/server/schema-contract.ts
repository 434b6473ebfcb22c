/**
 * What clients rely on, a type a paragraph: `Type: field(argument: Type): Type; …`, of enums the values. The API may
 * have more than this; what stands here keeps its name and its type.
 */
const text = `
EventType: NEW_SCRIPT; NEW_SCRIPT_POLICY_RECOMMENDATION; NEW_PCI_HEADER_CHANGE; NEW_BEHAVIOR;
  DATA_MISSING; UNKNOWN_DOMAIN
WebhookProvider: SPLUNK; CUSTOM
WebhookHealthState: HEALTHY; FAILING; MISCONFIGURED; AUTO_DISABLED; INACTIVE
DeliveryStatus: PENDING; HELD; SUCCEEDED; FAILED; CANCELLED
AttemptTrigger: EVENT; RETRY; MANUAL; REPLAY; TEST
AttemptOutcome: SUCCEEDED; RETRYABLE; MISCONFIGURED; PERMANENT
ReplayStatus: RUNNING; DONE; CANCELLED
Role: ADMIN; VIEWER
TokenScope: READ; EVENTS_WRITE; WEBHOOKS_WRITE
Node: id: ID!
UserError: path: [String!]!; code: UserErrorCode!; message: String!
UserErrorCode: REQUIRED; INVALID; TOO_LONG; TOO_MANY; DUPLICATE; FORBIDDEN_HEADER; TARGET_NOT_ALLOWED;
  NOT_FOUND; CONFLICT; IDEMPOTENCY_CONFLICT; SECRET_REQUIRED; NO_CHILD_ACCOUNTS; INACTIVE; IN_PROGRESS;
  INVALID_CREDENTIALS; TOO_MANY_ATTEMPTS
Account: implements Node; id: ID!; name: String!; parent: Account;
  children(after: String, first: Int): AccountConnection!; hasChildren: Boolean!; createdAt: DateTime!;
  webhooks(after: String, first: Int): WebhookConnection!;
  members(after: String, first: Int): MemberConnection!;
  apiTokens(after: String, first: Int): ApiTokenConnection!; viewerRole: Role!
Webhook: implements Node; id: ID!; account: Account!; name: String!; provider: WebhookProvider!;
  targetUrl: URL!; resolvedUrl: URL!; active: Boolean!; includeChildAccounts: Boolean!;
  eventTypes: [EventType!]!; headers: [WebhookHeader!]!; secretKey: SecretInfo!; splunk: SplunkSettings;
  signingSecret: SecretInfo!; requestsPerSecond: Float; health: WebhookHealth!; stats(range: StatsRange!): DeliveryStats!;
  deliveries(after: String, before: String, filter: DeliveryFilter, first: Int, last: Int): DeliveryConnection!;
  version: Int!; createdAt: DateTime!; updatedAt: DateTime!
WebhookHeader: name: String!; value: SecretInfo!
SecretInfo: isSet: Boolean!; lastFour: String
SplunkSettings: index: String; source: String; sourcetype: String; host: String; useAck: Boolean!;
  batch: Boolean!
WebhookHealth: state: WebhookHealthState!; reason: String; hint: String; since: DateTime;
  consecutiveFailures: Int!; autoDisableAt: DateTime; heldDeliveries: Int!; pendingDeliveries: Int!;
  oldestPendingAt: DateTime
StatsRange: LAST_HOUR; LAST_DAY; LAST_WEEK; LAST_MONTH
DeliveryStats: attempts: Int!; succeeded: Int!; failed: Int!; successRate: Float; p50Ms: Float; p95Ms: Float;
  p99Ms: Float; buckets: [StatsBucket!]!; byReply: [ReplyCount!]!
StatsBucket: start: DateTime!; succeeded: Int!; failed: Int!; p50Ms: Float; p95Ms: Float; p99Ms: Float
ReplyCount: reply: String!; count: Int!
Event: implements Node; id: ID!; account: Account!; type: EventType!; occurredAt: DateTime!;
  receivedAt: DateTime!; siteId: String; siteName: String; body: String!; deliveries: [Delivery!]!
Delivery: implements Node; id: ID!; event: Event!; webhook: Webhook!; status: DeliveryStatus!;
  attemptCount: Int!; nextAttemptAt: DateTime; createdAt: DateTime!; completedAt: DateTime;
  replayOf: Delivery; attempts(after: String, first: Int): AttemptConnection!
Attempt: implements Node; id: ID!; delivery: Delivery; webhook: Webhook!; eventType: EventType!;
  account: Account!; number: Int!; trigger: AttemptTrigger!; outcome: AttemptOutcome!;
  startedAt: DateTime!; timings: AttemptTimings!; httpStatus: Int; hecCode: Int; errorClass: String;
  hint: String; peerAddress: String; tlsVersion: String; request: HttpMessage!; response: HttpMessage;
  nextAttemptAt: DateTime; curl: String!
Replay: implements Node; id: ID!; status: ReplayStatus!; matchedCount: Int!; createdCount: Int!;
  succeededCount: Int!; failedCount: Int!; createdAt: DateTime!
AttemptTimings: dnsMs: Float; connectMs: Float; tlsMs: Float; firstByteMs: Float; totalMs: Float!
HttpMessage: startLine: String!; headers: [HttpHeader!]!; body: String; bodyTruncated: Boolean!
HttpHeader: name: String!; value: String!
EventTypeInfo: type: EventType!; label: String!; description: String!; eventName: String!; number: Int!;
  vendorVerified: Boolean!; schema: JSON!; sample: JSON!
ProviderInfo: provider: WebhookProvider!; label: String!; description: String!; fields: [ProviderField!]!
ProviderField: name: String!; label: String!; kind: ProviderFieldKind!; required: Boolean!; help: String;
  placeholder: String
ProviderFieldKind: URL; SECRET; TEXT; BOOLEAN; HEADERS
DeliveryFilter: accountIds: [ID!]; webhookIds: [ID!]; eventTypes: [EventType!];
  statuses: [DeliveryStatus!]; httpStatuses: [Int!]; errorClasses: [String!]; siteId: String; eventId: ID;
  bodyContains: String; createdAfter: DateTime; createdBefore: DateTime
AttemptFilter: accountId: ID; webhookIds: [ID!]; eventTypes: [EventType!]; outcomes: [AttemptOutcome!]
Query: node(id: ID!): Node; viewer: Viewer; account(id: ID!): Account;
  accounts(after: String, first: Int): AccountConnection!; webhook(id: ID!): Webhook;
  event(id: ID!): Event; delivery(id: ID!): Delivery;
  deliveries(after: String, before: String, filter: DeliveryFilter, first: Int, last: Int): DeliveryConnection!;
  attempts(after: String, before: String, filter: AttemptFilter, first: Int, last: Int): AttemptConnection!;
  eventTypes: [EventTypeInfo!]!; webhookProviders: [ProviderInfo!]!; egressAddresses: [String!]!;
  auditEntries(accountId: ID!, after: String, filter: AuditFilter, first: Int): AuditEntryConnection!;
  replay(id: ID!): Replay; serverInfo: ServerInfo!
Viewer: user: User; token: ApiToken; memberships: [Membership!]!; isOperator: Boolean!
User: implements Node; id: ID!; email: String!; name: String!; createdAt: DateTime!
Membership: account: Account!; role: Role!
ApiToken: implements Node; id: ID!; account: Account!; name: String!; scopes: [TokenScope!]!;
  lastFour: String!; createdBy: User; createdAt: DateTime!; expiresAt: DateTime; lastUsedAt: DateTime;
  revokedAt: DateTime
Member: user: User!; role: Role!; since: DateTime!
AuditEntry: implements Node; id: ID!; at: DateTime!; actor: String!; action: String!; target: String!;
  changes: JSON; address: String
ServerInfo: version: String!; setupRequired: Boolean!; demo: Boolean!
Mutation: completeSetup(input: CompleteSetupInput!): SignInPayload!;
  signIn(input: SignInInput!): SignInPayload!; signOut: Boolean!;
  changePassword(input: ChangePasswordInput!): ChangePasswordPayload!;
  createAccount(input: CreateAccountInput!): AccountPayload!;
  renameAccount(input: RenameAccountInput!): AccountPayload!;
  deleteAccount(input: DeleteAccountInput!): DeletePayload!;
  inviteMember(input: InviteMemberInput!): InviteMemberPayload!;
  updateMember(input: UpdateMemberInput!): MemberPayload!;
  removeMember(input: RemoveMemberInput!): DeletePayload!;
  createApiToken(input: CreateApiTokenInput!): CreateApiTokenPayload!;
  revokeApiToken(input: RevokeApiTokenInput!): DeletePayload!;
  saveWebhook(input: SaveWebhookInput!): SaveWebhookPayload!;
  setWebhookActive(input: SetWebhookActiveInput!): SaveWebhookPayload!;
  deleteWebhook(input: DeleteWebhookInput!): DeletePayload!;
  rotateSigningSecret(input: RotateSigningSecretInput!): RotateSigningSecretPayload!;
  testWebhook(input: TestWebhookInput!): TestWebhookPayload!;
  publishEvents(input: PublishEventsInput!): PublishEventsPayload!;
  retryDelivery(input: RetryDeliveryInput!): RetryDeliveryPayload!;
  replayDeliveries(input: ReplayDeliveriesInput!): ReplayDeliveriesPayload!;
  cancelReplay(input: CancelReplayInput!): ReplayPayload!
SaveWebhookInput: id: ID; expectedVersion: Int; accountId: ID; name: String; provider: WebhookProvider;
  targetUrl: String; active: Boolean; includeChildAccounts: Boolean; eventTypes: [EventType!];
  secretKey: String; headers: [WebhookHeaderInput!]; splunk: SplunkSettingsInput; requestsPerSecond: Float
WebhookHeaderInput: name: String!; value: String
SplunkSettingsInput: index: String; source: String; sourcetype: String; host: String; useAck: Boolean;
  batch: Boolean
SaveWebhookPayload: webhook: Webhook; signingSecret: String; userErrors: [UserError!]!
TestWebhookInput: webhookId: ID; draft: SaveWebhookInput; eventType: EventType!
TestWebhookPayload: attempt: Attempt; userErrors: [UserError!]!
PublishEventsInput: events: [EventInput!]!
EventInput: accountId: ID!; type: EventType!; occurredAt: DateTime; siteId: String!; siteName: String!;
  data: JSON!; idempotencyKey: String
PublishEventsPayload: results: [PublishResult!]!
PublishResult: event: Event; deduplicated: Boolean!; deliveryCount: Int!; userErrors: [UserError!]!
CompleteSetupInput: setupToken: String!; email: String!; password: String!; name: String!;
  accountName: String!
SignInInput: email: String!; password: String!
ChangePasswordInput: currentPassword: String!; newPassword: String!
CreateAccountInput: name: String!; parentId: ID
RenameAccountInput: id: ID!; name: String!
DeleteAccountInput: id: ID!; confirmName: String!
InviteMemberInput: accountId: ID!; email: String!; role: Role!
UpdateMemberInput: accountId: ID!; userId: ID!; role: Role!
RemoveMemberInput: accountId: ID!; userId: ID!
CreateApiTokenInput: accountId: ID!; name: String!; scopes: [TokenScope!]!; expiresAt: DateTime
RevokeApiTokenInput: id: ID!
QueuedWork: RESUME; DISCARD
SetWebhookActiveInput: id: ID!; active: Boolean!; queued: QueuedWork = RESUME
DeleteWebhookInput: id: ID!
RotateSigningSecretInput: id: ID!
RetryDeliveryInput: id: ID!
ReplayDeliveriesInput: filter: DeliveryFilter!; dryRun: Boolean!; missed: Boolean = false; idempotencyKey: String
CancelReplayInput: id: ID!
SignInPayload: viewer: Viewer; userErrors: [UserError!]!
ChangePasswordPayload: viewer: Viewer; userErrors: [UserError!]!
AccountPayload: account: Account; userErrors: [UserError!]!
DeletePayload: deletedId: ID; userErrors: [UserError!]!
InviteMemberPayload: invitationUrl: URL; userErrors: [UserError!]!
MemberPayload: member: Member; userErrors: [UserError!]!
CreateApiTokenPayload: apiToken: ApiToken; secret: String; userErrors: [UserError!]!
RotateSigningSecretPayload: webhook: Webhook; signingSecret: String; userErrors: [UserError!]!
RetryDeliveryPayload: delivery: Delivery; userErrors: [UserError!]!
ReplayDeliveriesPayload: matchedCount: Int!; replay: Replay; userErrors: [UserError!]!
ReplayPayload: replay: Replay; userErrors: [UserError!]!
Subscription: attempts(after: String, filter: AttemptFilter): AttemptBatch!; replayProgress(id: ID!): Replay!;
  webhookHealth(accountId: ID!): Webhook!
AttemptBatch: attempts: [Attempt!]!; cursor: String!; missed: Int!
PageInfo: hasNextPage: Boolean!; hasPreviousPage: Boolean!; startCursor: String; endCursor: String
AccountConnection: edges: [AccountEdge!]!; pageInfo: PageInfo!; totalCount: Int!
AccountEdge: node: Account!; cursor: String!
WebhookConnection: edges: [WebhookEdge!]!; pageInfo: PageInfo!; totalCount: Int!
WebhookEdge: node: Webhook!; cursor: String!
MemberConnection: edges: [MemberEdge!]!; pageInfo: PageInfo!; totalCount: Int!
MemberEdge: node: Member!; cursor: String!
AuditEntryConnection: edges: [AuditEntryEdge!]!; pageInfo: PageInfo!; totalCount: Int!
AuditEntryEdge: node: AuditEntry!; cursor: String!
ApiTokenConnection: edges: [ApiTokenEdge!]!; pageInfo: PageInfo!; totalCount: Int!
ApiTokenEdge: node: ApiToken!; cursor: String!
DeliveryConnection: edges: [DeliveryEdge!]!; pageInfo: PageInfo!; totalCount: Int!
DeliveryEdge: node: Delivery!; cursor: String!
AttemptConnection: edges: [AttemptEdge!]!; pageInfo: PageInfo!; totalCount: Int!
AttemptEdge: node: Attempt!; cursor: String!
`;

/** The members that each type must have, by its name. */
export const contract: ReadonlyMap<string, string[]> = new Map(
  text
    .trim()
    .split(/\n(?! )/)
    .map((paragraph) => {
      const [, name = '', members = ''] = /^(\w+): ([^]*)$/.exec(paragraph) ?? [];
      return [name, members.split(/;\s+/)];
    }),
);
