using SsMfar.Campaigns.Fuzzing.Mutation;

namespace SsMfar.Campaigns.Fuzzing.Readers;

/// <summary>Something that reads bytes of others.</summary>
internal sealed class FuzzReader
{
    /// <summary>Gets its name, which is also that of its folder in the corpus.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what it does with bytes: everything that a caller could ask of what was read, too.</summary>
    public required Action<byte[]> Read { get; init; }

    /// <summary>Gets the exceptions that its documentation names for bytes that it cannot read.</summary>
    public required IReadOnlyList<Type> Refusals { get; init; }

    /// <summary>Gets whether the bytes are lines and words.</summary>
    public bool IsText { get; init; }

    /// <summary>Gets what its files are made of, so that damage gets past lengths and checksums.</summary>
    public IFileLayers Layers { get; init; } = NoLayers.Instance;

    /// <summary>Gets how many cases of a quick reader one of this one stands for.</summary>
    public int Cost { get; init; } = 1;

    /// <summary>Gets the memory, managed or the growth of the resident, that some bytes may take.</summary>
    public Func<byte[], long> MemoryLimit { get; init; } = bytes => (64L * bytes.Length) + (8 << 20);

    /// <summary>Gets whether memory is that of the whole process at its most, since what is measured is taken outside of .NET.</summary>
    public bool MeasuresResident { get; init; }

    /// <summary>Whether an exception is a refusal as documented.</summary>
    public bool Refuses(Exception exception) => Refusals.Any(type => type.IsInstanceOfType(exception));
}
