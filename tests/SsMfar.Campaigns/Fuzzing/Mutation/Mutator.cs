namespace SsMfar.Campaigns.Fuzzing.Mutation;

/// <summary>
/// Makes damaged files of whole ones. What case of a seed becomes what bytes follows from the two numbers, the seed files and the files
/// kept along the way alone.
/// </summary>
internal sealed class Mutator
{
    private const int MostKept = 4000;
    private const int LongestFile = 1 << 17;

    private readonly List<byte[]> _files;
    private readonly bool _isText;
    private readonly IFileLayers _layers;

    public Mutator(IEnumerable<byte[]> seeds, bool isText, IFileLayers layers)
    {
        _files = [.. seeds];
        (_isText, _layers) = (isText, layers);
        Words = WordMutations.WordsOf(_files);
    }

    /// <summary>Gets words that occur in the files.</summary>
    public byte[][] Words { get; }

    /// <summary>The bytes of a case.</summary>
    public byte[] Case(int seed, long number)
    {
        Random random = new(Mix(seed, number));
        byte[] bytes = Any(random);
        int changes = 1 << random.Next(5);
        bool layered = random.Next(3) > 0;
        for (int i = 0; i < changes && bytes.Length > 0; i++)
        {
            bytes = (layered ? _layers.Damage(bytes, this, random) : null) ?? Change(bytes, random, _isText);
        }

        return bytes.Length <= LongestFile ? bytes : bytes[..LongestFile];
    }

    /// <summary>Keeps a file that led somewhere new, to damage it further.</summary>
    public void Keep(byte[] bytes)
    {
        if (_files.Count < MostKept)
        {
            _files.Add(bytes);
        }
    }

    /// <summary>One of the files.</summary>
    public byte[] Any(Random random) => _files[random.Next(_files.Count)];

    /// <summary>One change.</summary>
    public byte[] Change(byte[] bytes, Random random, bool isText) => isText && random.Next(5) > 0
        ? WordMutations.Apply(bytes, this, random)
        : ByteMutations.Apply(bytes, this, random);

    // SplitMix64's finish, so that neighbours have nothing in common.
    private static int Mix(int seed, long number)
    {
        ulong z = ((ulong)(uint)seed << 40) ^ (ulong)number;
        z = (z + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 30)) * 0x94D049BB133111EB;
        return (int)(z ^ (z >> 31));
    }
}
