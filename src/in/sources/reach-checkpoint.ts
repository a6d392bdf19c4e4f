/** A client of a listener. */
export interface ReadClient {
  /** Of those accepted so far. */
  readonly number: number;
  /** How often it was read. */
  readonly reads: number;
  /** Whether the last read took all that was there. */
  readonly isDrained: boolean;
}

/** The clients of a listener, as they come and go. */
export interface ReadClients {
  /** Accepted so far. */
  accepted(): number;
  open(): Iterable<ReadClient>;
}

/**
 * Waits until all that any client sent before now was read: after whole turns of the event loop, every client that is there, also
 * those that wait to be accepted, had nothing to say in one of them or was read until it had no more. Clients that never stop sending
 * cannot hold it up: false after `turnsMax` turns.
 *
 * @param waitingMax clients that may wait to be accepted; a turn accepts one
 */
export async function reachCheckpoint(clients: ReadClients, waitingMax: number, turnsMax: number): Promise<boolean> {
  await nextTurn();
  const newest = clients.accepted() + waitingMax;
  const heard = new Set<ReadClient>();
  for (let turn = 0; turn < turnsMax; turn += 1) {
    const accepted = clients.accepted();
    const unheard = [...clients.open()]
      .filter((client) => client.number <= newest && !heard.has(client))
      .map((client) => ({ client, reads: client.reads }));
    await nextTurn();
    const quiet = unheard.filter(({ client, reads }) => client.reads === reads || client.isDrained);
    for (const { client } of quiet) heard.add(client);
    const isAccepting = clients.accepted() > accepted && accepted < newest;
    if (!isAccepting && quiet.length === unheard.length) return true;
  }
  return false;
}

/** After the next whole turn of the event loop has polled for input. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
