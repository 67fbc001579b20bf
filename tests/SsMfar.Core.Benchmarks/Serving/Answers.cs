using System.Text.Json;

namespace SsMfar.Benchmarks.Serving;

/// <summary>
/// Whether an answer is the one that an idle server gives: the same JSON, with numbers that differ by rounding at most, as those of a face
/// may by the faces in its batch.
/// </summary>
internal static class Answers
{
    private const double Rounding = 1e-5;

    public static bool Agree(string told, string expected)
    {
        if (told == expected)
        {
            return true;
        }

        try
        {
            using JsonDocument first = JsonDocument.Parse(told), second = JsonDocument.Parse(expected);
            return Agree(first.RootElement, second.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool Agree(JsonElement told, JsonElement expected) => told.ValueKind == expected.ValueKind && told.ValueKind switch
    {
        JsonValueKind.Number => Math.Abs(told.GetDouble() - expected.GetDouble()) <= Rounding,
        JsonValueKind.Object => told.EnumerateObject().Select(member => member.Name)
            .SequenceEqual(expected.EnumerateObject().Select(member => member.Name)) &&
            told.EnumerateObject().Zip(expected.EnumerateObject(), (ours, theirs) => Agree(ours.Value, theirs.Value)).All(same => same),
        JsonValueKind.Array => told.GetArrayLength() == expected.GetArrayLength() &&
            told.EnumerateArray().Zip(expected.EnumerateArray(), Agree).All(same => same),
        _ => told.GetRawText() == expected.GetRawText(),
    };
}
