import { Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'The end of a session.' })
export class RevokeSessionInput {
  @Field(() => ID, { description: 'One of the caller’s own sessions.' })
  id!: string;
}
