import { breakFormat } from '../../helpers/broken-format.js';

/* A defect in how events for Custom webhooks are formatted. */

breakFormat(({ body }) => body.includes('poison'));
