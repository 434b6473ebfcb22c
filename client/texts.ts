import { applicationTexts } from './texts/application';
import { deliveriesTexts } from './texts/deliveries';
import { integrationsTexts } from './texts/integrations';
import { peopleTexts } from './texts/people';

/** Every text of the application, in English. Another language is another object of this shape. */
export const texts = { ...applicationTexts, ...integrationsTexts, ...deliveriesTexts, ...peopleTexts };
