namespace SsMfar.Kernels;

/// <summary>The library's own CPU kernels, by what they compute.</summary>
[Flags]
internal enum KernelKinds
{
    None = 0,

    /// <summary>3×3 convolutions by Winograd's minimal filtering.</summary>
    Winograd = 1,

    /// <summary>Batch normalisation, addition and ReLU in one pass; a ResNet's stem with its pool.</summary>
    Normalization = 2,

    /// <summary>Optimizer, clipping and averaging over lists of tensors, as one script.</summary>
    TensorLists = 4,

    /// <summary>Convolutions of a predictor by their definition; a ResNet's first pool.</summary>
    Direct = 8,

    All = Winograd | Normalization | TensorLists | Direct,
}
