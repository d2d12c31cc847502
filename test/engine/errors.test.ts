import assert from 'node:assert/strict';
import { asMachineError, MachineError } from '../../engine/errors';

describe('asMachineError', () => {
  const sentences: Record<string, RegExp> = {
    ENOSPC: /^a\.pth cannot be written: the disk is full\. Free some space/,
    EDQUOT: /disk quota is used up\. Free some space/,
    EFBIG: /exceeds the size limit of this system\. Raise the limit \(ulimit -f\)/,
    ENOTDIR: /a part of this path is a file, not a folder\. Choose another directory/,
    EEXIST: /a file with this name exists\. Choose another directory/,
    EROFS: /the file system is read-only\. Choose another directory/,
    EACCES: /permission denied\. Choose a directory that you can write to/,
    EPERM: /permission denied\. Choose a directory that you can write to/,
    EMFILE: /too many open files\. Raise the limit \(ulimit -n\)/,
    EIO: /the disk reported an input\/output error/,
    ESTALE: /stale file handle\)\. Try again/,
  };
  for (const [code, sentence] of Object.entries(sentences))
    it(`explains ${code} with what to do`, () => {
      const explained = asMachineError(Object.assign(new Error(code), { code }), 'a.pth cannot be written');
      assert.ok(explained instanceof MachineError);
      assert.match(explained.message, sentence);
    });

  it('leaves any other error as it is', () => {
    for (const error of [new Error('x'), Object.assign(new Error('x'), { code: 'ENOENT' }), 'x', undefined])
      assert.equal(asMachineError(error, 'a.pth cannot be written'), error);
  });
});
