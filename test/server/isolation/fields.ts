/**
 * Who gets a field:
 * - `readers`: whoever may read the account that the thing belongs to
 * - `admins`: who manages that account; readers are told FORBIDDEN, unless nothing of the type is for readers
 * - `parts`: whoever got to the field that leads here
 * - `roots`: what `probes.ts` says
 */
export type Audience = 'readers' | 'admins' | 'parts' | 'roots';

/** Every field of every type. A new field takes one word here; a new root field takes a probe too. */
export const fields: Record<string, Partial<Record<Audience, string>>> = {
  Account: {
    readers: 'children createdAt deletedAt hasChildren id name parent viewerRole webhooks',
    admins: 'apiTokens invitations members',
  },
  ApiToken: { admins: 'account createdAt createdBy expiresAt id lastFour lastUsedAt name revokedAt scopes' },
  Attempt: {
    readers: `account batchSize curl delivery errorClass eventType hecCode hint httpStatus id nextAttemptAt number
      outcome peerAddress request response startedAt timings tlsVersion trigger webhook`,
  },
  AuditEntry: { admins: 'account action actor address at changes id target' },
  Delivery: {
    readers: 'attemptCount attempts completedAt createdAt event id nextAttemptAt replayOf status webhook',
  },
  Event: { readers: 'account body deliveries id occurredAt receivedAt siteId siteName type' },
  Invitation: { admins: 'account createdAt email expiresAt id role' },
  Replay: { readers: 'createdAt createdCount failedCount id matchedCount status succeededCount' },
  Webhook: {
    readers: `account active createdAt deliveries eventTypes headers health id includeChildAccounts name provider
      requestsPerSecond resolvedUrl secretKey signingSecret splunk stats targetUrl updatedAt version`,
  },

  AttemptBatch: { parts: 'attempts cursor delayed missed' },
  AttemptTimings: { parts: 'connectMs dnsMs firstByteMs tlsMs totalMs' },
  DeliveryStats: { parts: 'attempts buckets byReply failed p50Ms p95Ms p99Ms succeeded successRate' },
  EventTypeInfo: { parts: 'description eventName label number sample schema type vendorVerified' },
  HttpHeader: { parts: 'name value' },
  HttpMessage: { parts: 'body bodyTruncated headers startLine' },
  InvitationPreview: { parts: 'accountName email expiresAt isKnown role' },
  Member: { parts: 'role since user' },
  Membership: { parts: 'account role' },
  PageInfo: { parts: 'endCursor hasNextPage hasPreviousPage startCursor' },
  ProviderField: { parts: 'help kind label name placeholder required' },
  ProviderInfo: { parts: 'description fields label provider' },
  PublishResult: { parts: 'deduplicated deliveryCount event userErrors' },
  ReplyCount: { parts: 'count reply' },
  ResolvedTarget: { parts: 'resolvedUrl userErrors' },
  SecretInfo: { parts: 'isSet lastFour' },
  ServerInfo: { parts: 'demo setupRequired version' },
  Session: { parts: 'address createdAt expiresAt id isCurrent lastSeenAt userAgent' },
  SplunkSettings: { parts: 'batch gzip host index source sourcetype useAck' },
  StatsBucket: { parts: 'failed p50Ms p95Ms p99Ms start succeeded' },
  User: { parts: 'createdAt email id name' },
  UserError: { parts: 'code message path' },
  Viewer: { parts: 'isOperator memberships sessions token user' },
  WebhookHeader: { parts: 'name value' },
  WebhookHealth: {
    parts: `autoDisableAt consecutiveFailures heldDeliveries hint oldestPendingAt pendingDeliveries reason since
      state`,
  },

  AccountPayload: { parts: 'account userErrors' },
  ChangePasswordPayload: { parts: 'userErrors viewer' },
  CreateApiTokenPayload: { parts: 'apiToken secret userErrors' },
  DeletePayload: { parts: 'cancelledDeliveries deletedId userErrors' },
  InviteMemberPayload: { parts: 'invitation invitationUrl userErrors' },
  MemberPayload: { parts: 'member userErrors' },
  PublishEventsPayload: { parts: 'results' },
  ReplayDeliveriesPayload: { parts: 'matchedCount replay userErrors' },
  ReplayPayload: { parts: 'replay userErrors' },
  RetryDeliveryPayload: { parts: 'delivery userErrors' },
  RotateSigningSecretPayload: { parts: 'signingSecret userErrors webhook' },
  SaveWebhookPayload: { parts: 'signingSecret userErrors webhook' },
  SignInPayload: { parts: 'userErrors viewer' },
  TestWebhookPayload: { parts: 'attempt userErrors' },

  Query: {
    roots: `account accounts attempts auditEntries deliveries delivery egressAddresses event eventTypes
      instanceAuditEntries invitation node replay resolveTargetUrl serverInfo viewer webhook webhookProviders`,
  },
  Mutation: {
    roots: `acceptInvitation cancelReplay changePassword completeSetup createAccount createApiToken deleteAccount
      deleteWebhook inviteMember publishEvents removeMember renameAccount replayDeliveries retryDelivery
      revokeApiToken revokeInvitation revokeSession rotateSigningSecret saveWebhook setWebhookActive signIn signOut
      testWebhook updateMember`,
  },
  Subscription: { roots: 'attempts replayProgress webhookHealth' },
};

/** The names in a cell of the table. */
export const namesOf = (names: string | undefined): string[] => names?.split(/\s+/) ?? [];
