import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { Context } from './context.js';
import { notFound } from './errors.js';
import { requireReplay } from './delivery/replay.resolver.js';
import type { Services } from './services.js';
import { Node } from './storage/entities/node.js';
import { prefixOf } from './storage/ids.js';

/** Which account decides who may see a thing. */
interface Owned {
  node: Node | null;
  ownerId: string | undefined;
}

/** What only admins may see. */
const ofAdmins = new Set<string | null>(['tok', 'inv', 'aud']);

/** Finds anything by its id, whatever its type. */
@Resolver()
export class NodeResolver {
  constructor(private readonly services: Services) {}

  @Query(() => Node, { nullable: true, description: 'Anything the caller may see, by its id.' })
  async node(
    @Ctx() { access }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<Node> {
    access.requireSignedIn();
    if (prefixOf(id) === 'rpl') return requireReplay(this.services.replays, access, id, 'READ');
    const { node, ownerId } = await this.find(id);
    const permission = ofAdmins.has(prefixOf(id)) ? 'MANAGE' : 'READ';
    if (!node || ownerId === undefined || !(await access.findAccount(ownerId, permission)))
      throw notFound('thing');
    return node;
  }

  private async find(id: string): Promise<Owned> {
    const { accounts, audit, deliveries, events, invitations, tokens, webhooks } = this.services;
    switch (prefixOf(id)) {
      case 'acc': {
        const node = await accounts.find(id);
        return { node, ownerId: node?.id };
      }
      case 'whk': {
        const node = await webhooks.find(id);
        return { node, ownerId: node?.accountId };
      }
      case 'evt': {
        const node = await events.find(id);
        return { node, ownerId: node?.accountId };
      }
      case 'dlv': {
        const node = await deliveries.find(id);
        return { node, ownerId: node?.ownerId };
      }
      case 'att': {
        const node = await deliveries.findAttempt(id);
        return { node, ownerId: node?.ownerId };
      }
      case 'tok': {
        const node = await tokens.find(id);
        return { node, ownerId: node?.accountId };
      }
      case 'inv': {
        const node = await invitations.find(id);
        return { node, ownerId: node?.accountId };
      }
      case 'aud': {
        const node = await audit.find(id);
        return { node, ownerId: node?.accountId ?? undefined };
      }
      default:
        return { node: null, ownerId: undefined };
    }
  }
}
