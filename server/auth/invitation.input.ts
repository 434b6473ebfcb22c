import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { UserErrorItem } from '../errors.js';
import { UserErrorsField } from '../payloads.js';
import { UrlScalar } from '../scalars.js';
import { Invitation } from '../storage/entities/invitation.js';
import { Role } from '../storage/entities/membership.js';

@InputType({ description: 'Who is to join an account.' })
export class InviteMemberInput {
  @Field(() => ID, { description: 'The account; the role holds below it too.' })
  accountId!: string;

  @Field(() => String, { description: 'The person’s email address; a newer invitation ends the older.' })
  email!: string;

  @Field(() => Role, { description: 'What the person may do.' })
  role!: Role;
}

@InputType({ description: 'The end of an invitation that nobody has accepted.' })
export class RevokeInvitationInput {
  @Field(() => ID, { description: 'The invitation.' })
  id!: string;
}

@InputType({ description: 'An invitation that is accepted.' })
export class AcceptInvitationInput {
  @Field(() => String, { description: 'From the link.' })
  token!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Who is new here: a name, at most 100 characters. Others keep theirs.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Who is new here: 12 to 128 characters. Others: their password, unless they are signed in already.',
  })
  password?: string | null;
}

@ObjectType({ description: 'What the holder of an invitation’s link may know before accepting.' })
export class InvitationPreview {
  @Field(() => String, { description: 'Who is invited.' })
  email!: string;

  @Field(() => String, { description: 'The account’s name.' })
  accountName!: string;

  @Field(() => Role, { description: 'The role that it gives.' })
  role!: Role;

  @Field(() => Date, { description: 'When it stops working.' })
  expiresAt!: Date;

  @Field(() => Boolean, {
    description: 'Whether the person has a password here already; else they choose one.',
  })
  isKnown!: boolean;
}

@ObjectType({ description: 'The answer to an invitation.' })
export class InviteMemberPayload {
  @Field(() => UrlScalar, { nullable: true, description: 'One-time link, shown once; null on failure.' })
  invitationUrl!: string | null;

  @Field(() => Invitation, { nullable: true, description: 'null on failure.' })
  invitation!: Invitation | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}
