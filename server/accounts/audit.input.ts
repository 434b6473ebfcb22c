import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { ForwardPageArgs } from '../connections.js';

@InputType({ description: 'Narrows the audit log; every condition given must hold.' })
export class AuditFilter {
  @Field(() => [String], { nullable: true, description: 'Only these actions, such as webhook.updated.' })
  actions?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only what this person or program did, by exact name.',
  })
  actor?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only changes of the thing with this id.' })
  target?: string | null;

  @Field(() => Date, { nullable: true, description: 'Not before this time.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Before this time.' })
  until?: Date | null;
}

@ArgsType()
export class AuditArgs extends ForwardPageArgs {
  @Field(() => AuditFilter, { nullable: true, description: 'Which entries; default: all.' })
  filter?: AuditFilter | null;
}
