import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { UserErrorItem } from '../errors.js';
import { UserErrorsField } from '../payloads.js';
import { Role } from '../storage/entities/membership.js';
import { User } from '../storage/entities/user.js';

@ObjectType({ description: 'A person with a role on an account, and so on all accounts below it.' })
export class Member {
  @Field(() => User, { description: 'The person.' })
  user!: User;

  @Field(() => Role, { description: 'The role.' })
  role!: Role;

  @Field(() => Date, { description: 'When the person joined the account.' })
  since!: Date;
}

@InputType({ description: 'Another role for a member.' })
export class UpdateMemberInput {
  @Field(() => ID, { description: 'The account where the role was given.' })
  accountId!: string;

  @Field(() => ID, { description: 'The person.' })
  userId!: string;

  @Field(() => Role, { description: 'The role from now on.' })
  role!: Role;
}

@InputType({ description: 'The end of a membership.' })
export class RemoveMemberInput {
  @Field(() => ID, { description: 'The account where the role was given.' })
  accountId!: string;

  @Field(() => ID, { description: 'The person.' })
  userId!: string;
}

@ObjectType({ description: 'The answer to a change of a member.' })
export class MemberPayload {
  @Field(() => Member, { nullable: true, description: 'null on failure.' })
  member!: Member | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}
