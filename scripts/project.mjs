import { fileURLToPath } from 'node:url';

/** A path inside the checkout, wherever the command was started from. */
export const projectUrl = (path) => new URL(`../${path}`, import.meta.url);
export const projectPath = (path) => fileURLToPath(projectUrl(path)).replace(/\/$/, '');
