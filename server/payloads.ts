import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { UserError, UserErrorCode, type UserErrorItem } from './errors.js';

registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'The stable code of something the caller can correct.',
  valuesConfig: {
    REQUIRED: { description: 'A value is missing.' },
    INVALID: { description: 'The value has the wrong form.' },
    TOO_LONG: { description: 'The value is longer than allowed.' },
    TOO_MANY: { description: 'There are more values than allowed.' },
    DUPLICATE: { description: 'The same value stands here twice, or exists already.' },
    FORBIDDEN_HEADER: { description: 'This header is set by Hookwatch or by HTTP itself.' },
    TARGET_NOT_ALLOWED: { description: 'Deliveries may not go to this address.' },
    NOT_FOUND: { description: 'Nothing with this id, or the caller may not see it.' },
    CONFLICT: { description: 'Somebody changed it meanwhile: load it again.' },
    IDEMPOTENCY_CONFLICT: { description: 'The idempotency key was used with other content.' },
    SECRET_REQUIRED: { description: 'A secret has to be entered, for the first time or again.' },
    NO_CHILD_ACCOUNTS: { description: 'The account has no child accounts.' },
    INACTIVE: { description: 'The webhook is switched off.' },
    IN_PROGRESS: { description: 'It is under way already.' },
    INVALID_CREDENTIALS: { description: 'Email and password do not match, or a one-time link is not valid.' },
    TOO_MANY_ATTEMPTS: { description: 'Too many tries: wait before the next.' },
  },
});

@ObjectType('UserError', { description: 'Something in the input that the caller can correct.' })
export class UserErrorType implements UserErrorItem {
  @Field(() => [String], { description: 'Leads into the input; list positions count from 0.' })
  path!: string[];

  @Field(() => UserErrorCode, { description: 'Stable, for programs.' })
  code!: UserErrorCode;

  @Field(() => String, { description: 'One sentence for people.' })
  message!: string;
}

/** The field that every mutation's payload ends with. */
export const UserErrorsField = (): PropertyDecorator =>
  Field(() => [UserErrorType], { description: 'What the caller can correct; empty on success.' });

@ObjectType({ description: 'The answer to a removal.' })
export class DeletePayload {
  @Field(() => ID, { nullable: true, description: 'The id of what is gone; null on failure.' })
  deletedId!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Webhooks and accounts: how many queued deliveries were cancelled with it; else null.',
  })
  cancelledDeliveries?: number | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}

/** Runs a mutation's work; a UserError becomes `userErrors` beside the given empty result, all else goes on up. */
export async function withUserErrors<T extends object, E extends object>(
  work: () => Promise<T>,
  onFailure: E,
): Promise<(T | E) & { userErrors: UserErrorItem[] }> {
  try {
    return { ...(await work()), userErrors: [] };
  } catch (error) {
    if (error instanceof UserError) return { ...onFailure, userErrors: error.items };
    throw error;
  }
}
