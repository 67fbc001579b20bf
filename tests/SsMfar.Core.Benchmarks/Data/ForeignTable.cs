using System.Globalization;
using System.Text;
using SsMfar.Data;
using SsMfar.Importing;

namespace SsMfar.Benchmarks.Data;

/// <summary>A table as people export it: semicolons, decimal commas, German names of classes, a column that is theirs.</summary>
internal static class ForeignTable
{
    private static readonly string[] Words = ["Freude", "Trauer", "Wut", ""];

    public static byte[] Write(int rows)
    {
        StringBuilder text = new("Datei;Gef\u00FChl;Valenz;Person\r\n");
        for (int i = 0; i < rows; i++)
        {
            int valence = (i % 200) - 100;
            string sign = valence < 0 ? "-" : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"video{i / 500:D4}/{i % 500:D5}.jpg;{Words[i % 4]};{sign}0,{Math.Abs(valence) % 100:D2};P{i / 3000:D3}\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static TableDescription Description() => new()
    {
        Columns = { ["image"] = "Datei", ["expression"] = "Gef\u00FChl", ["valence"] = "Valenz", ["person"] = "Person" },
        ClassNames = new([new("Freude", "Happiness"), new("Trauer", "Sadness"), new("Wut", "Anger")]),
    };
}
