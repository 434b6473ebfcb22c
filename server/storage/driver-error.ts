/** The code that the database's driver gave an error, such as `SQLITE_BUSY` or `ER_LOCK_DEADLOCK`; '' for another error. */
export const driverCode = (error: unknown): string =>
  (error as { driverError?: { code?: string } }).driverError?.code ?? (error as { code?: string }).code ?? '';

/** Whether a write failed because another row has the same unique key. */
export const isDuplicateKey = (error: unknown): boolean =>
  ['ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(driverCode(error));
