import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTableSql, type Dialect, type TableDefinition } from '../dialect.js';

const tables: Record<string, TableDefinition> = {
  accounts: {
    columns: { id: 'id', parent_id: 'id?', path: 'key', name: 'text', created_at: 'time' },
    primary: ['id'],
    unique: { accounts_path: ['path'] },
    indexes: { accounts_parent: ['parent_id', 'id'] },
  },
  users: {
    columns: {
      id: 'id',
      email: 'text',
      name: 'text',
      password_hash: 'text',
      is_operator: 'boolean',
      created_at: 'time',
    },
    primary: ['id'],
    unique: { users_email: ['email'] },
  },
  memberships: {
    columns: { user_id: 'id', account_id: 'id', role: 'text', created_at: 'time' },
    primary: ['user_id', 'account_id'],
    indexes: { memberships_account: ['account_id'] },
  },
  sessions: {
    columns: {
      token_hash: 'key',
      user_id: 'id',
      address: 'text',
      user_agent: 'text',
      created_at: 'time',
      last_seen_at: 'time',
    },
    primary: ['token_hash'],
    indexes: { sessions_user: ['user_id'] },
  },
  setup_links: {
    columns: { token_hash: 'key', created_at: 'time' },
    primary: ['token_hash'],
  },
  api_tokens: {
    columns: {
      id: 'id',
      account_id: 'id',
      name: 'text',
      scopes: 'longText',
      token_hash: 'key',
      last_four: 'text',
      created_by_id: 'id?',
      created_at: 'time',
      expires_at: 'time?',
      last_used_at: 'time?',
      revoked_at: 'time?',
    },
    primary: ['id'],
    unique: { api_tokens_hash: ['token_hash'] },
    indexes: { api_tokens_account: ['account_id', 'id'] },
  },
  webhooks: {
    columns: {
      id: 'id',
      account_id: 'id',
      name: 'text',
      provider: 'text',
      target_url: 'longText',
      active: 'boolean',
      include_child_accounts: 'boolean',
      event_types: 'longText',
      secret_key: 'longText?',
      headers: 'longText',
      signing_secret: 'longText?',
      previous_signing_secret: 'longText?',
      previous_signing_secret_until: 'time?',
      settings: 'longText',
      requests_per_second: 'float?',
      version: 'integer',
      created_at: 'time',
      updated_at: 'time',
      deleted_at: 'time?',
    },
    primary: ['id'],
    indexes: { webhooks_account: ['account_id', 'id'] },
  },
  audit_entries: {
    columns: {
      id: 'id',
      account_id: 'id',
      at: 'time',
      actor: 'text',
      action: 'text',
      target: 'text',
      changes: 'longText?',
      address: 'text?',
    },
    primary: ['id'],
    indexes: { audit_entries_account: ['account_id', 'id'] },
  },
  queues: {
    columns: {
      webhook_id: 'id',
      next_due_at: 'time?',
      hold_reason: 'key?',
      consecutive_failures: 'integer',
      failing_since: 'time?',
      error_class: 'text?',
      hint: 'longText?',
      probe_at: 'time?',
      interval_ms: 'float?',
      throttle_at: 'time?',
    },
    primary: ['webhook_id'],
    indexes: { queues_due: ['next_due_at'] },
  },
  events: {
    columns: {
      id: 'id',
      account_id: 'id',
      type: 'key',
      occurred_at: 'time',
      received_at: 'time',
      site_id: 'text',
      site_name: 'text',
      body: 'longText',
      idempotency_key: 'text?',
      idempotency_hash: 'key?',
    },
    primary: ['id'],
    unique: { events_idempotency: ['account_id', 'idempotency_key'] },
    indexes: { events_account: ['account_id', 'id'] },
  },
  deliveries: {
    columns: {
      id: 'id',
      event_id: 'id',
      webhook_id: 'id',
      account_id: 'id',
      owner_id: 'id',
      event_type: 'key',
      status: 'id',
      trigger_kind: 'id',
      attempt_count: 'integer',
      round_count: 'integer',
      next_attempt_at: 'time?',
      lease_token: 'id?',
      created_at: 'time',
      completed_at: 'time?',
      replay_of_id: 'id?',
    },
    primary: ['id'],
    indexes: {
      deliveries_due: ['webhook_id', 'status', 'next_attempt_at'],
      deliveries_event: ['event_id'],
      deliveries_owner: ['owner_id', 'id'],
    },
  },
  attempts: {
    columns: {
      id: 'id',
      delivery_id: 'id?',
      webhook_id: 'id',
      account_id: 'id',
      owner_id: 'id',
      event_type: 'key',
      number: 'integer',
      trigger_kind: 'id',
      outcome: 'id',
      started_at: 'time',
      dns_ms: 'float?',
      connect_ms: 'float?',
      tls_ms: 'float?',
      first_byte_ms: 'float?',
      total_ms: 'float',
      http_status: 'integer?',
      hec_code: 'integer?',
      error_class: 'key?',
      hint: 'longText?',
      peer_address: 'key?',
      tls_version: 'key?',
      next_attempt_at: 'time?',
      url: 'longText',
      request_headers: 'longText',
      request_body: 'longText?',
      response_line: 'longText?',
      response_headers: 'longText?',
      response_body: 'longText?',
      response_truncated: 'boolean',
    },
    primary: ['id'],
    indexes: {
      attempts_delivery: ['delivery_id'],
      attempts_webhook: ['webhook_id', 'id'],
      attempts_owner: ['owner_id', 'id'],
    },
  },
  attempt_statistics: {
    columns: {
      webhook_id: 'id',
      slot_at: 'time',
      succeeded: 'boolean',
      reply: 'key',
      bucket: 'integer',
      count: 'integer',
    },
    primary: ['webhook_id', 'slot_at', 'succeeded', 'reply', 'bucket'],
  },
};

/** Accounts, people, webhooks, events and the queue. */
export class Initial1764000000000 implements MigrationInterface {
  readonly name = 'Initial1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const dialect: Dialect = runner.connection.options.type === 'better-sqlite3' ? 'sqlite' : 'mysql';
    for (const [table, definition] of Object.entries(tables))
      for (const statement of createTableSql(dialect, table, definition)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of Object.keys(tables)) await runner.query(`drop table if exists ${table}`);
  }
}
