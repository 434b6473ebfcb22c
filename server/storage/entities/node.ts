import { Field, ID, InterfaceType } from 'type-graphql';
import { PrimaryIdColumn } from '../columns.js';

/** Whatever has an id: `Query.node` finds it. */
@InterfaceType({ description: 'Anything that has an id of its own, as Relay defines it.' })
export abstract class Node {
  @Field(() => ID, {
    description: 'Opaque, with a prefix that tells the type; sorts by the time it was made.',
  })
  @PrimaryIdColumn()
  id!: string;
}
