import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { UserErrorItem } from '../errors.js';
import { UserErrorsField } from '../payloads.js';
import { Account } from '../storage/entities/account.js';

@InputType({ description: 'A new account.' })
export class CreateAccountInput {
  @Field(() => String, { description: '1 to 100 characters, unique among its siblings.' })
  name!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The account above; absent: a top-level account (operator only).',
  })
  parentId?: string | null;
}

@InputType({ description: 'A new name for an account; events published from now on carry it.' })
export class RenameAccountInput {
  @Field(() => ID, { description: 'The account.' })
  id!: string;

  @Field(() => String, { description: '1 to 100 characters, unique among its siblings.' })
  name!: string;
}

@InputType({ description: 'The end of an account and of all accounts below it.' })
export class DeleteAccountInput {
  @Field(() => ID, { description: 'The account.' })
  id!: string;

  @Field(() => String, { description: 'The account’s name, typed again.' })
  confirmName!: string;
}

@ObjectType({ description: 'The answer to a change of an account.' })
export class AccountPayload {
  @Field(() => Account, { nullable: true, description: 'null on failure.' })
  account!: Account | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}
