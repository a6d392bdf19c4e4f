/** Host memory that was the own of the process that ran a test: resident, without mapped files and shared memory. */
export interface HostUse {
  readonly beforeBytes: number;
  readonly afterBytes: number;
}
