import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { UserErrorItem } from '../errors.js';
import { UserErrorsField } from '../payloads.js';
import { ApiToken, TokenScope } from '../storage/entities/api-token.js';

@InputType({ description: 'A key for a program.' })
export class CreateApiTokenInput {
  @Field(() => ID, { description: 'The account it acts in, with all accounts below.' })
  accountId!: string;

  @Field(() => String, { description: 'What it is for, 1 to 100 characters.' })
  name!: string;

  @Field(() => [TokenScope], { description: 'What it may do; at least one.' })
  scopes!: TokenScope[];

  @Field(() => Date, { nullable: true, description: 'When it stops working; default: never.' })
  expiresAt?: Date | null;
}

@InputType({ description: 'The end of a key.' })
export class RevokeApiTokenInput {
  @Field(() => ID, { description: 'The token.' })
  id!: string;
}

@ObjectType({ description: 'The answer to a new key.' })
export class CreateApiTokenPayload {
  @Field(() => ApiToken, { nullable: true, description: 'null on failure.' })
  apiToken!: ApiToken | null;

  @Field(() => String, { nullable: true, description: 'The token itself, shown once.' })
  secret!: string | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}
