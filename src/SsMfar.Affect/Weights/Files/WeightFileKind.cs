namespace SsMfar.Weights;

/// <summary>What a file given as weights or as a model is, told by its first bytes.</summary>
public enum WeightFileKind
{
    /// <summary>None of the others.</summary>
    Unknown,

    /// <summary>A file without bytes.</summary>
    Empty,

    /// <summary>safetensors: bare weights, or a model file of this library.</summary>
    Safetensors,

    /// <summary>A zip archive, as <c>torch.save</c> writes since PyTorch 1.6.</summary>
    PyTorchZip,

    /// <summary>What <c>torch.save</c> wrote before.</summary>
    PyTorchLegacy,

    /// <summary>A Python pickle that <c>torch.save</c> did not write.</summary>
    Pickle,

    /// <summary>A tar archive, as PyTorch wrote before version 0.1.10.</summary>
    Tar,

    /// <summary>An ONNX model.</summary>
    Onnx,

    /// <summary>HDF5, as Keras writes.</summary>
    Hdf5,

    /// <summary>A pointer of Git LFS in place of the file.</summary>
    GitLfsPointer,

    /// <summary>A web page, in place of what it links to.</summary>
    WebPage,
}
