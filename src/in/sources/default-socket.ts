/** Where clients of the earlier allocation server look; it is compiled into them. */
export const DEFAULT_SOCKET = "/tmp/tt_allocation_server.sock";
