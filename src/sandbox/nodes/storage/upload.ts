import { failure } from '../../api-error.ts';
import type { HouseCall } from '../../house.ts';
import { takeUpload } from '../../multipart.ts';
import { checkChecksum, checkRoom, newFileOf, storeFile } from './new-file.ts';

/** `POST …/upload`: the wire has kept the file; a task copies it (pve-storage: PVE/API2/Storage/Status.pm, upload). */
export function uploadFile(call: HouseCall): string {
  const { host, params, user } = call;
  const node = String(params['node']);
  const temporary = params['tmpfilename'];
  if (temporary === undefined) throw failure('missing temporary file name');
  const data = takeUpload(String(temporary));
  if (data === undefined) throw failure(`temporary file '${temporary}' does not exist`);
  const file = newFileOf(call, {
    noPath: (type) => `can't upload to storage type '${type}'`,
    noContent: (storage, content) => `storage '${storage}' does not support '${content}' content`,
  });
  return host.tasks.start({
    ...{ node, type: 'imgcopy', id: '', user },
    run(task) {
      task.log(`starting file import from: ${temporary}`);
      checkChecksum(call, task, data);
      task.log(`target node: ${node}`);
      task.log(`target file: ${file.path}`);
      task.log(`file size is: ${data.length}`);
      task.log(`command: cp -- ${temporary} ${file.path}`);
      checkRoom(call, file, data.length);
      storeFile(call, file, data.length);
      task.log('finished file import successfully');
    },
  });
}
