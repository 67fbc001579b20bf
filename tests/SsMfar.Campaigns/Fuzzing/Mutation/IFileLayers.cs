namespace SsMfar.Campaigns.Fuzzing.Mutation;

/// <summary>A format that has lengths and checksums: damages what they are of, and puts them right again.</summary>
internal interface IFileLayers
{
    /// <summary>Damages a part of a file.</summary>
    /// <param name="seed">The file, as it was or damaged already.</param>
    /// <param name="mutator">Damages bytes or words.</param>
    /// <param name="random">What it draws from.</param>
    /// <returns>The damaged file; null where it has no such parts.</returns>
    byte[]? Damage(byte[] seed, Mutator mutator, Random random);
}

/// <summary>Bytes without more to them.</summary>
internal sealed class NoLayers : IFileLayers
{
    public static NoLayers Instance { get; } = new();

    public byte[]? Damage(byte[] seed, Mutator mutator, Random random) => null;
}
