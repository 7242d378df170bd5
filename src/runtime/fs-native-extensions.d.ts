/** The package brings no types; these are of what is used here. */
declare module 'fs-native-extensions' {
  /**
   * Takes a kernel lock on the whole file, without waiting; false while another process holds it. The lock belongs to
   * the open file description: it ends with `close` or with the process, and no child inherits it.
   */
  export function tryLock(fd: number): boolean;
}
