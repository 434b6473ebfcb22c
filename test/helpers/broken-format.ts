import { providers } from '../../server/delivery/providers/index.js';
import type { DeliverableEvent, Provider } from '../../server/delivery/providers/provider.js';

/** Makes the Custom provider fail for some events, as a defect of ours would; answers how to mend it. */
export function breakFormat(isBroken: (event: DeliverableEvent) => boolean): () => void {
  const { CUSTOM } = providers as Record<'CUSTOM', Provider>;
  const { format } = CUSTOM;
  CUSTOM.format = (events, ...rest) => {
    if (events.some(isBroken)) throw new Error('no such key');
    return format(events, ...rest);
  };
  return () => void (CUSTOM.format = format);
}
