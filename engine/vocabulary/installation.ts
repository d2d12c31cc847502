/** The plan and the progress of installing a backend. Types only. */

/** A file to download. */
export interface Download {
  name: string;
  version: string;
  url: string;
  /** Absent if the server does not say it. */
  bytes?: number;
  /** `sha256:HEX` of a wheel, or npm's `sha512-BASE64`. The download must match it. Empty if pip is too old to report it beforehand. */
  hash: string;
}

/** What installing TensorFlow would do. */
export interface InstallPlan {
  /** The folder to install to. */
  home: string;
  gpu: boolean;
  /** Path and version of the Python that is used. */
  python: { path: string; version: string; pip: string };
  tensorflow: {
    /** The newest version that pip finds, or the version in place; empty if pip is too old to report it. */
    version: string;
    /** The folder of the TensorFlow of this Python, if it is used in place. */
    inPlace?: string;
    /** The folders of its CUDA packages. */
    nvidia?: string[];
  };
  downloads: Download[];
  /** Folder of an npm package tfjs-node that is already on this machine. */
  tfjsNode?: string;
  compiler: string;
  /** The installed version that would be replaced. */
  replaces?: string;
}

/** The progress of an installation. `fraction` is that of this step, if it is known. */
export interface InstallProgress {
  step: 'downloading' | 'unpacking' | 'compiling' | 'trying' | 'placing';
  message: string;
  fraction?: number;
}
