using System.IO.Compression;

namespace SsMfar.Campaigns.Fuzzing.Mutation;

/// <summary>An archive: damages what an entry unpacks to, or a name, and packs it again, lengths and checksums in order.</summary>
internal sealed class ZipLayers : IFileLayers
{
    public byte[]? Damage(byte[] seed, Mutator mutator, Random random)
    {
        if (!seed.AsSpan().StartsWith("PK"u8))
        {
            return null;
        }

        try
        {
            List<(string Name, byte[] Content)> entries = [];
            using (ZipArchive archive = new(new MemoryStream(seed)))
            {
                foreach (ZipArchiveEntry entry in archive.Entries)
                {
                    using MemoryStream content = new();
                    using Stream packed = entry.Open();
                    packed.CopyTo(content);
                    entries.Add((entry.FullName, content.ToArray()));
                }
            }

            if (entries.Count == 0)
            {
                return null;
            }

            int chosen = random.Next(entries.Count);
            (string name, byte[] was) = entries[chosen];
            entries[chosen] = random.Next(12) == 0
                ? (entries[random.Next(entries.Count)].Name, was)
                : (name, was.Length == 0 ? [0] : mutator.Change(was, random, isText: false));
            return Pack(entries);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            // Damaged already.
            return null;
        }
    }

    // Stored, as PyTorch writes.
    private static byte[] Pack(List<(string Name, byte[] Content)> entries)
    {
        using MemoryStream packed = new();
        using (ZipArchive archive = new(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return packed.ToArray();
    }
}
