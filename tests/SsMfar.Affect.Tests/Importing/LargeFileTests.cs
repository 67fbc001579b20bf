using System.Globalization;
using System.Text;
using SsMfar.Data;
using SsMfar.Importing;

namespace SsMfar.Tests.Importing;

/// <summary>Files of as many rows as the largest sets have images.</summary>
[Collection(nameof(LargeFileTests))]
public sealed class LargeFileTests
{
    private const int Rows = 450_000;
    private const int LargestRow = 200;

    private static readonly string[] Words = ["Freude", "Trauer", "Wut", ""];

    [Fact]
    public void An_imported_table_takes_two_hundred_bytes_a_row()
    {
        byte[] table = Table("Datei;Gef\u00FChl;Valenz;Person\r\n", i => string.Create(
            CultureInfo.InvariantCulture,
            $"video{i / 500:D4}/{i % 500:D5}.jpg;{Words[i % 4]};{(i % 200 - 100) / 100.0:F2};P{i / 3000:D3}\r\n")
            .Replace(".", ",", StringComparison.Ordinal).Replace(",jpg", ".jpg", StringComparison.Ordinal));
        TableDescription options = AnnotationImportTests.Map("image=Datei", "expression=Gef\u00FChl", "valence=Valenz", "person=Person");
        options.ClassNames = new([new("Freude", "Happiness"), new("Trauer", "Sadness"), new("Wut", "Anger")]);

        AnnotationSet set = Weighed(() => AnnotationImport.Read(table, "t.csv", options).Annotations);

        (set.Statistics.KnownValence, set.Statistics.InvalidExpression).Should().Be((Rows, Rows / 4));
    }

    [Fact]
    public void A_file_of_annotations_takes_two_hundred_bytes_a_row()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("a.txt"), Table("image,valence,expression,AU12,source\n", i => string.Create(
            CultureInfo.InvariantCulture,
            $"video{i / 500:D4}/{i % 500:D5}.jpg,{(i % 200 - 100) / 100.0:F2},{(i % 2 == 0 ? "Fear" : "")},{i % 2},s{i % 3}\n")));

        AnnotationSet set = Weighed(() => AnnotationSet.Load(folder.File("a.txt")));

        (set.Statistics.KnownValence, set.Statistics.InvalidExpression).Should().Be((Rows, Rows / 2));
    }

    // What is kept is what the collector finds. How long it takes is for 'parse' of the benchmarks.
    private static AnnotationSet Weighed(Func<AnnotationSet> read)
    {
        AnnotationSet set = read();
        long with = GC.GetTotalMemory(forceFullCollection: true);
        AnnotationSet copy = set.Select(Enumerable.Range(0, set.Count));
        long more = GC.GetTotalMemory(forceFullCollection: true) - with;
        set.Count.Should().Be(Rows);

        // A copy shares the names, of 42 bytes as text and 22 more as an object, aligned to 8.
        ((double)more / Rows + 64).Should().BeLessThan(LargestRow);
        GC.KeepAlive(copy);
        return set;
    }

    private static byte[] Table(string header, Func<int, string> row)
    {
        StringBuilder text = new(header);
        for (int i = 0; i < Rows; i++)
        {
            text.Append(row(i));
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}

/// <summary>Nothing else runs beside what is measured.</summary>
[CollectionDefinition(nameof(LargeFileTests), DisableParallelization = true)]
public sealed class LargeFileTestsCollection;
