import { bytesInUse } from '../../helpers/memory.js';
import { onCommand } from './commands.js';

/* Answers, to any command, how many bytes the thread of the API and its viewers has in use. */

onCommand(import.meta.url, () => String(bytesInUse()));
