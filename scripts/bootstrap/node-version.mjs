const OLDEST = [20, 19];

/** Returns the message for a Node that is too old, or undefined. Old syntax only: old Nodes read this. */
export function nodeVersionProblem(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `Node ${OLDEST.join('.')} or newer is required; this is ${version}. See https://nodejs.org/en/download`;
}
