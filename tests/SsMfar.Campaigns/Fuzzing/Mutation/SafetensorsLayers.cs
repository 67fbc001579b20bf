using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SsMfar.Campaigns.Fuzzing.Mutation;

/// <summary>A header of JSON behind its length, and in it texts that are documents of JSON themselves.</summary>
internal sealed class SafetensorsLayers : IFileLayers
{
    private const int LengthBytes = 8;

    private static readonly JsonSerializerOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public byte[]? Damage(byte[] seed, Mutator mutator, Random random)
    {
        if (seed.Length < LengthBytes || BinaryPrimitives.ReadInt64LittleEndian(seed) is var length
            && (length < 2 || length > seed.Length - LengthBytes))
        {
            return null;
        }

        byte[] header = seed[LengthBytes..(LengthBytes + (int)length)];
        byte[] damaged = (random.Next(3) > 0 ? Inner(header, mutator, random) : null) ?? mutator.Change(header, random, isText: true);
        byte[] bytes = [.. new byte[LengthBytes], .. damaged, .. seed.AsSpan(LengthBytes + (int)length)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, damaged.Length);
        return bytes;
    }

    // A word in a text of the header, whose quotes come out right whatever it is.
    private static byte[]? Inner(byte[] header, Mutator mutator, Random random)
    {
        try
        {
            if (JsonNode.Parse(header) is JsonObject all && all["__metadata__"] is JsonObject { Count: > 0 } texts)
            {
                string key = texts.ElementAt(random.Next(texts.Count)).Key;
                byte[] text = Encoding.UTF8.GetBytes(texts[key]?.GetValue<string>() ?? "");
                texts[key] = text.Length == 0 ? "x" : Encoding.UTF8.GetString(mutator.Change(text, random, isText: true));
                return Encoding.UTF8.GetBytes(all.ToJsonString(Format));
            }
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException or ArgumentException)
        {
            // Damaged already, so that it is no JSON any more.
        }

        return null;
    }
}
