/** The datasets that can be downloaded: their files, and the checksums that their homes or torchvision publish. */
import type { FileDataset } from './runOptions';

export interface SourceFile {
  url: string;
  /** MD5 in hex. */
  md5: string;
}

export interface CatalogueEntry {
  title: string;
  /** The page that describes the data and its terms of use. */
  home: string;
  /** Size of all downloads together, for example `170 MB`. */
  size: string;
  files: readonly SourceFile[];
  /** The format in a run file, and the folder in the downloaded one. */
  dataset: { format: FileDataset['format']; folder: string };
  /** Returns where a file of an archive is unpacked to; undefined if it is not needed. Default: all files, under their own names. */
  place?: (name: string) => string | undefined;
}

const IDX = [
  'train-images-idx3-ubyte.gz',
  'train-labels-idx1-ubyte.gz',
  't10k-images-idx3-ubyte.gz',
  't10k-labels-idx1-ubyte.gz',
];

function idxFiles(home: string, sums: readonly string[]): SourceFile[] {
  return IDX.map((name, i) => ({ url: `${home}${name}`, md5: sums[i]! }));
}

const IN_PLACE = { format: 'idx', folder: '.' } as const;

export const CATALOGUE: Readonly<Record<string, CatalogueEntry>> = {
  mnist: {
    title: 'MNIST',
    home: 'http://yann.lecun.com/exdb/mnist/',
    size: '12 MB',
    // The home does not send the files anymore. This is the copy that torchvision uses.
    files: idxFiles('https://ossci-datasets.s3.amazonaws.com/mnist/', [
      'f68b3c2dcbeaaa9fbdd348bbdeb94873',
      'd53e105ee54ea40749a09fcbcd1e9432',
      '9fb629c4189551a2d022fa330f9573f3',
      'ec29112dd5afa0611ce80d1b7f02629c',
    ]),
    dataset: IN_PLACE,
  },
  'fashion-mnist': {
    title: 'Fashion-MNIST',
    home: 'https://github.com/zalandoresearch/fashion-mnist',
    size: '31 MB',
    files: idxFiles('http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/', [
      '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
      '25c81989df183df01b3e8a0aad5dffbe',
      'bef4ecab320f06d8554ea6380940ec79',
      'bb300cfdad3c16e7a12a480ee83cd310',
    ]),
    dataset: IN_PLACE,
  },
  kmnist: {
    title: 'Kuzushiji-MNIST',
    home: 'http://codh.rois.ac.jp/kmnist/',
    size: '21 MB',
    files: idxFiles('http://codh.rois.ac.jp/kmnist/dataset/kmnist/', [
      'bdb82020997e1d708af4cf47b453dcf7',
      'e144d726b3acfaa3e44228e80efcd344',
      '5c965bf0a639b31b8f53240b1b52f4d7',
      '7320c461ea6c1c855c0b718fb2a4b134',
    ]),
    dataset: IN_PLACE,
  },
  emnist: {
    title: 'EMNIST',
    home: 'https://www.nist.gov/itl/products-and-services/emnist-dataset',
    size: '562 MB',
    files: [
      {
        url: 'https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip',
        md5: '58c8d27c78d21e728a6bc7b3cc06412e',
      },
    ],
    dataset: { format: 'idx', folder: 'letters' },
    // Each of its six datasets gets a folder, because a run reads one folder.
    place: (name) => {
      const [, file, part] =
        /(?:^|\/)(emnist-(\w+)-(?:train|test)-(?:images|labels)-idx\d-ubyte\.gz)$/.exec(name) ?? [];
      return file && `${part}/${file}`;
    },
  },
  cifar10: {
    title: 'CIFAR-10',
    home: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    size: '170 MB',
    files: [
      { url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz', md5: 'c32a1d4ab5d03f1284b67883e8d87530' },
    ],
    dataset: { format: 'cifar10', folder: 'cifar-10-batches-bin' },
  },
  cifar100: {
    title: 'CIFAR-100',
    home: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    size: '169 MB',
    files: [
      { url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz', md5: '03b5dce01913d631647c71ecec9e9cb8' },
    ],
    dataset: { format: 'cifar100', folder: 'cifar-100-binary' },
  },
  'tiny-imagenet': {
    title: 'Tiny-ImageNet',
    home: 'http://cs231n.stanford.edu/',
    size: '248 MB',
    files: [{ url: 'http://cs231n.stanford.edu/tiny-imagenet-200.zip', md5: '90528d7ca1a48142e341f4ef8d21d0de' }],
    dataset: { format: 'folder', folder: 'tiny-imagenet-200' },
  },
};

/** A dataset that is on this machine. */
export interface DownloadedDataset {
  name: string;
  /** The value for `dataset` in a run file, with an absolute path. */
  dataset: Pick<FileDataset, 'format' | 'path'>;
}

/** The progress of a download. `fraction` is the done fraction of a file; without it, `message` is a sentence. */
export interface DatasetProgress {
  /** The dataset, because several may be downloaded at the same time. */
  name: string;
  message: string;
  fraction?: number | undefined;
}
