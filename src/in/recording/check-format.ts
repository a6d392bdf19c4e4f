import type { TypedMcapRecords } from "@mcap/core";
import { printable } from "../../core/base/printable.ts";
import { RECORDING_FORMAT, RECORDING_PROFILE, RECORDING_VERSION_KEY } from "../../core/model/recording.ts";
import { RecordingError } from "./recording-error.ts";

/** Throws RecordingError for a file of somebody else. */
export function checkProfile({ profile, library }: TypedMcapRecords["Header"]): void {
  if (profile === RECORDING_PROFILE) return;
  const whose = `profile "${printable(profile.slice(0, 40))}", library "${printable(library.slice(0, 40))}"`;
  throw new RecordingError(`it is an MCAP file that tt-memwatch did not write (${whose})`);
}

/** Whether this metadata says the format. Throws RecordingError for one that is not read. */
export function checkFormat({ name, metadata }: TypedMcapRecords["Metadata"]): boolean {
  if (name !== RECORDING_PROFILE) return false;
  const version = metadata.get(RECORDING_VERSION_KEY) ?? "";
  if (!/^\d{1,9}$/.test(version)) {
    throw new RecordingError(`it is a recording of the unknown format "${printable(version.slice(0, 20))}"`);
  }
  if (Number(version) <= RECORDING_FORMAT) return true;
  throw new RecordingError(
    `it is a recording of format ${version}, and this tt-memwatch reads ${RECORDING_FORMAT}: use a newer tt-memwatch`,
  );
}
