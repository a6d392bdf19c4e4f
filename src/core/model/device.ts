/**
 * One opened device and its allocator: a single chip, a mesh, or a sub-mesh (each sub-mesh has an allocator of its own).
 *
 * A mesh allocates in lock step on every chip, so a size is always given per chip.
 */
export interface Device {
  /** ttnn's `MeshDevice.id()`: unique for each opening within one process. */
  readonly key: number;
  /** Logical ids of the chips, in mesh order; one for a single device. */
  readonly chips: readonly number[];
  /** Rows and columns, e.g. `[1, 2]`. */
  readonly shape: readonly number[];
  /** `key` of the mesh this is a sub-mesh of. */
  readonly parent: number | null;
}

/** The logical device id by which people know the device: its first chip. */
export function deviceId(device: Device): number {
  return device.chips[0] ?? device.key;
}
