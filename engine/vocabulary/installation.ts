/** What installing a backend would do, and how far it is. Types only. */

/** A file that installing a backend fetches. */
export interface Download {
  name: string;
  version: string;
  url: string;
  /** Absent where its server does not say. */
  bytes?: number;
  /** `sha256:HEX` of a wheel, or npm's `sha512-BASE64`; what arrives must have it. Empty where pip is too old to tell before it downloads. */
  hash: string;
}

/** What installing TensorFlow would do; nothing of it has been done. */
export interface InstallPlan {
  /** The folder it goes to. */
  home: string;
  gpu: boolean;
  /** Path of the Python that is used, and its version. */
  python: { path: string; version: string; pip: string };
  tensorflow: {
    /** The newest that pip finds, or the one in place; empty where pip is too old to tell. */
    version: string;
    /** The folder of the TensorFlow that this Python has, used where it lies. */
    inPlace?: string;
    /** Its packages of CUDA libraries. */
    nvidia?: string[];
  };
  downloads: Download[];
  /** Path of the folder of an npm package tfjs-node that is here already. */
  tfjsNode?: string;
  compiler: string;
  /** The version that is installed now, and would be replaced. */
  replaces?: string;
}

/** How far an installation is; `fraction` is of this step, where it is known. */
export interface InstallProgress {
  step: 'downloading' | 'unpacking' | 'compiling' | 'trying' | 'placing';
  message: string;
  fraction?: number;
}
