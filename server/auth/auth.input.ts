import { Field, InputType, ObjectType } from 'type-graphql';
import type { UserErrorItem } from '../errors.js';
import { UserErrorsField } from '../payloads.js';
import { Account } from '../storage/entities/account.js';
import { ApiToken } from '../storage/entities/api-token.js';
import { Role } from '../storage/entities/membership.js';
import { User } from '../storage/entities/user.js';

@InputType({ description: 'Who sets a new instance up.' })
export class CompleteSetupInput {
  @Field(() => String, { description: 'From the link that the server printed.' })
  setupToken!: string;

  @Field(() => String, { description: 'The operator’s email address.' })
  email!: string;

  @Field(() => String, { description: '12 to 128 characters.' })
  password!: string;

  @Field(() => String, { description: 'The operator’s name, at most 100 characters.' })
  name!: string;

  @Field(() => String, { description: 'The first account, at most 100 characters.' })
  accountName!: string;
}

@InputType({ description: 'Who signs in.' })
export class SignInInput {
  @Field(() => String, { description: 'In any capitals.' })
  email!: string;

  @Field(() => String, { description: 'The password.' })
  password!: string;
}

@InputType({ description: 'A change of one’s own password; all other sessions end.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The password as it is.' })
  currentPassword!: string;

  @Field(() => String, { description: '12 to 128 characters.' })
  newPassword!: string;
}

@ObjectType('Membership', { description: 'A role of the caller.' })
export class MembershipType {
  @Field(() => Account, { description: 'The account; the role holds below it too.' })
  account!: Account;

  @Field(() => Role, { description: 'The role.' })
  role!: Role;
}

@ObjectType({ description: 'Who is asking: a signed-in user or an API token.' })
export class Viewer {
  @Field(() => User, { nullable: true, description: 'null for a token.' })
  user!: User | null;

  @Field(() => ApiToken, { nullable: true, description: 'null for a user.' })
  token!: ApiToken | null;

  @Field(() => [MembershipType], { description: 'The accounts where a role was given.' })
  memberships!: MembershipType[];

  @Field(() => Boolean, { description: 'Whether this person set the instance up, and may do everything.' })
  isOperator!: boolean;
}

@ObjectType({ description: 'The answer to a sign-in.' })
export class SignInPayload {
  @Field(() => Viewer, { nullable: true, description: 'Who is signed in now; null on failure.' })
  viewer!: Viewer | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}

@ObjectType({ description: 'The answer to a change of password.' })
export class ChangePasswordPayload {
  @Field(() => Viewer, { nullable: true, description: 'null on failure.' })
  viewer!: Viewer | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}

@ObjectType({ description: 'What this server is.' })
export class ServerInfo {
  @Field(() => String, { description: 'Its version.' })
  version!: string;

  @Field(() => Boolean, { description: 'Whether nobody has set it up yet.' })
  setupRequired!: boolean;

  @Field(() => Boolean, { description: 'Whether it is the demonstration, whose data is thrown away.' })
  demo!: boolean;
}
