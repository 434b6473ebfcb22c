import { registerEnumType } from 'type-graphql';
import { Entity, PrimaryColumn } from 'typeorm';
import { TextColumn, TimeColumn } from '../columns.js';

export const Role = { ADMIN: 'ADMIN', VIEWER: 'VIEWER' } as const;
export type Role = (typeof Role)[keyof typeof Role];
registerEnumType(Role, {
  name: 'Role',
  description: 'What a person may do in an account and all accounts below it.',
  valuesConfig: {
    ADMIN: { description: 'Reads everything and changes settings.' },
    VIEWER: { description: 'Reads everything but secrets, changes nothing.' },
  },
});

@Entity('memberships')
export class Membership {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 30 })
  userId!: string;

  @PrimaryColumn({ name: 'account_id', type: 'varchar', length: 30 })
  accountId!: string;

  @TextColumn('role')
  role!: Role;

  @TimeColumn('created_at')
  createdAt!: Date;
}
