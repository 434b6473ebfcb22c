import { entities } from './entities/index.js';
import { migrations } from './migrations/index.js';

/** What every data source has in common: the schema is changed by migrations alone, which run when we say. */
export const sharedOptions = {
  entities,
  migrations,
  migrationsRun: false,
  synchronize: false,
  logging: false,
} as const;
