/** The plan and the progress of installing a backend. Types only. */

/** A file to download. */
export interface Download {
  name: string;
  version: string;
  url: string;
  /** Size in bytes. Absent if the server does not report it. */
  bytes?: number;
  /**
   * `sha256:HEX` of a wheel, or npm's `sha512-BASE64`. The download must match this hash. Empty if pip is too old to report the hash
   * beforehand.
   */
  hash: string;
}

/** The plan of an installation of TensorFlow. */
export interface InstallPlan {
  /** The folder to install to. */
  home: string;
  gpu: boolean;
  /** Path and version of the Python that is used. */
  python: { path: string; version: string; pip: string };
  tensorflow: {
    /** The newest version that pip finds, or the version that is used in place. Empty if pip is too old to report the version. */
    version: string;
    /** The folder of TensorFlow in this Python, if that installation is used in place. */
    inPlace?: string;
    /** The folders of the CUDA packages in this Python. */
    nvidia?: string[];
  };
  downloads: Download[];
  /** Folder of an npm package tfjs-node that is already on this machine. */
  tfjsNode?: string;
  compiler: string;
  /** The installed version that would be replaced. */
  replaces?: string;
}

/** The progress of an installation. `fraction` is the done fraction of this step, if it is known. */
export interface InstallProgress {
  step: 'downloading' | 'unpacking' | 'compiling' | 'trying' | 'placing';
  message: string;
  fraction?: number;
}
