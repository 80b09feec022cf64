/** How the file of the cache is read and written, by whoever opens it. */

/** Bytes of the file that are mapped into memory: it halves the time of a read. */
export const mmapSize = 1024 * 1024 * 1024

/** Pages of the log, 32 MB, before they are copied into the file: pages that change with every entry are copied once. */
export const walAutocheckpoint = 4096
