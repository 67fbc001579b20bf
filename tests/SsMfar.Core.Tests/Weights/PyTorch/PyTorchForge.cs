using System.Buffers.Binary;
using System.Text;
using TorchSharp;

namespace SsMfar.Tests.Weights.PyTorch;

/// <summary>Files in PyTorch's formats, sound or not, without PyTorch.</summary>
internal static class PyTorchForge
{
    /// <summary>A state dictionary in the zip format; names with dots stay as they are.</summary>
    public static void Save(string path, IEnumerable<KeyValuePair<string, torch.Tensor>> tensors)
    {
        var pickle = new PickleBuilder().Global("collections", "OrderedDict").Op(")R(");
        var entries = new List<Entry>();
        foreach (var (name, tensor) in tensors)
        {
            string key = entries.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
            using var scope = torch.NewDisposeScope();
            var plain = tensor.detach().contiguous();
            string type = plain.dtype switch
            {
                torch.ScalarType.Float32 => "FloatStorage",
                torch.ScalarType.Int64 => "LongStorage",
                var other => throw new ArgumentException(other.ToString()),
            };
            pickle.Text(name).Tensor(type, key, plain.numel(), plain.shape);
            entries.Add(new("archive/data/" + key, plain.view(-1).bytes.ToArray()));
        }

        File.WriteAllBytes(path, Zip([new("archive/data.pkl", pickle.Op("u").Stop()), .. entries]));
    }

    /// <summary>A zip archive of stored entries.</summary>
    public static byte[] Zip(params Entry[] entries) => ZipOf(wide: false, entries);

    /// <summary>
    /// A zip archive; a wide one is written as those over 4 GB are, with 64-bit sizes and positions in places of their own.
    /// </summary>
    public static byte[] ZipOf(bool wide, Entry[] entries)
    {
        var bytes = new MemoryStream();
        var directory = new MemoryStream();
        foreach (var entry in entries)
        {
            byte[] name = Encoding.UTF8.GetBytes(entry.Name);
            long start = entry.Start ?? bytes.Length;
            uint size = entry.ClaimedSize ?? (uint)entry.Content.Length;
            bytes.Write(Local(entry.Method, size, (ushort)name.Length));
            bytes.Write(name);
            bytes.Write(entry.Content);
            directory.Write(Directory(
                entry.Method,
                wide ? uint.MaxValue : size,
                (ushort)name.Length,
                wide ? uint.MaxValue : (uint)start,
                (ushort)(wide ? 28 : 0)));
            directory.Write(name);
            if (wide)
            {
                Write(directory, 1, 2);
                Write(directory, 24, 2);
                Write(directory, size, 8);
                Write(directory, size, 8);
                Write(directory, (ulong)start, 8);
            }
        }

        uint directoryStart = (uint)bytes.Length;
        directory.Position = 0;
        directory.CopyTo(bytes);
        if (wide)
        {
            ulong end = (ulong)bytes.Length;
            Write(bytes, 0x06064b50, 4);
            Write(bytes, 44, 8);
            Write(bytes, 0, 12);
            Write(bytes, (ulong)entries.Length, 8);
            Write(bytes, (ulong)entries.Length, 8);
            Write(bytes, (ulong)directory.Length, 8);
            Write(bytes, directoryStart, 8);
            Write(bytes, 0x07064b50, 4);
            Write(bytes, 0, 4);
            Write(bytes, end, 8);
            Write(bytes, 1, 4);
        }

        bytes.Write(
            wide ? End(ushort.MaxValue, uint.MaxValue, uint.MaxValue)
            : End((ushort)entries.Length, (uint)directory.Length, directoryStart));
        return bytes.ToArray();
    }

    /// <summary>A file of the legacy format: the object's pickle and its storages.</summary>
    public static byte[] Legacy(byte[] pickle, bool littleEndian = true, params (string Key, long Elements, byte[] Content)[] storages)
    {
        byte[] magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];
        byte[] version = new PickleBuilder().Number(1001).Stop();
        byte[] machine = new PickleBuilder().Op("}(").Text("protocol_version").Number(1001).Text("little_endian")
            .Raw(littleEndian ? (byte)0x88 : (byte)0x89)
            .Op("u")
            .Stop();
        var keys = new PickleBuilder().Op("](");
        var content = new MemoryStream();
        foreach (var (key, elements, bytes) in storages)
        {
            keys.Text(key);
            byte[] count = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(count, elements);
            content.Write(count);
            content.Write(bytes);
        }

        return [.. magic, .. version, .. machine, .. pickle, .. keys.Op("e").Stop(), .. content.ToArray()];
    }

    private static byte[] Local(ushort method, uint size, ushort nameLength)
    {
        var bytes = new MemoryStream();
        Write(bytes, 0x04034b50, 4);
        Write(bytes, 0, 2);
        Write(bytes, 0x0800, 2);
        Write(bytes, method, 2);
        Write(bytes, 0, 8);
        Write(bytes, size, 4);
        Write(bytes, size, 4);
        Write(bytes, nameLength, 2);
        Write(bytes, 0, 2);
        return bytes.ToArray();
    }

    private static byte[] Directory(ushort method, uint size, ushort nameLength, uint start, ushort extraLength)
    {
        var bytes = new MemoryStream();
        Write(bytes, 0x02014b50, 4);
        Write(bytes, 0, 4);
        Write(bytes, 0x0800, 2);
        Write(bytes, method, 2);
        Write(bytes, 0, 8);
        Write(bytes, size, 4);
        Write(bytes, size, 4);
        Write(bytes, nameLength, 2);
        Write(bytes, extraLength, 2);
        Write(bytes, 0, 10);
        Write(bytes, start, 4);
        return bytes.ToArray();
    }

    private static byte[] End(ushort count, uint size, uint start)
    {
        var bytes = new MemoryStream();
        Write(bytes, 0x06054b50, 4);
        Write(bytes, 0, 4);
        Write(bytes, count, 2);
        Write(bytes, count, 2);
        Write(bytes, size, 4);
        Write(bytes, start, 4);
        Write(bytes, 0, 2);
        return bytes.ToArray();
    }

    private static void Write(MemoryStream bytes, ulong value, int width)
    {
        for (int i = 0; i < width; i++)
        {
            bytes.WriteByte((byte)(i < 8 ? value >> (8 * i) : 0));
        }
    }

    /// <summary>An entry of an archive.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Content">Its bytes.</param>
    /// <param name="Method">0 is stored.</param>
    /// <param name="ClaimedSize">What the archive says of its size, when that is not the truth.</param>
    /// <param name="Start">Where the archive says that it starts, when that is not the truth.</param>
    public sealed record Entry(string Name, byte[] Content, ushort Method = 0, uint? ClaimedSize = null, long? Start = null);
}
