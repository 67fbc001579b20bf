using System.Globalization;
using CsCheck;
using SsMfar.Data;

namespace SsMfar.Tests.Data;

public class AnnotationPropertyTests
{
    private static Gen<string> Const(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static readonly Gen<string> Line = Gen.OneOf(
        Const(
            "image,valence,arousal,expression,aus",
            "image,valence,arousal,expression,AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26,age",
            "", "image", "\uFEFF", "v/1.jpg"),
        Const("0", "1", "-1", "-5.0", "0.5", "", " ", "nan", "1e400", "∞", "-", "v/2.jpg", "2147483648", "-0").Array[1, 18]
            .Select(fields => string.Join(',', fields)),
        Gen.String);

    private static readonly Gen<string> Text =
        Gen.Select(Line.Array[0, 6], Const("\n", "\r\n", "\r", ""), (lines, end) => string.Join(end, lines));

    [Fact]
    public void What_is_written_is_read_back() => AnnotationGen.Set.Sample(set =>
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        set.Write(text);
        AnnotationSet read = AnnotationSet.Read(new StringReader(text.ToString()));
        read.ShouldHaveRowsOf(set);
        read.ExtraColumns.Should().Equal(set.ExtraColumns);
        StringWriter again = new(CultureInfo.InvariantCulture);
        read.Write(again);
        again.ToString().Should().Be(text.ToString());
    }, iter: 300);

    [Fact]
    public void Any_text_is_read_or_is_a_format_fault() => Text.Sample(text =>
    {
        try
        {
            AnnotationSet.Read(new StringReader(text)).Count.Should().BeGreaterThanOrEqualTo(0);
        }
        catch (AnnotationFormatException fault)
        {
            fault.FileName.Should().Be("annotations");
        }
    }, iter: 3000);

    [Fact]
    public void Any_bytes_are_read_or_are_a_format_fault()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("any.txt");
        byte[] header = "image,valence,arousal,expression,aus\n"u8.ToArray();
        Gen.Select(Gen.Bool, Gen.Byte.Array[0, 60]).Sample((withHeader, bytes) =>
        {
            File.WriteAllBytes(path, withHeader ? [.. header, .. bytes] : bytes);
            try
            {
                AnnotationSet.Load(path).Count.Should().BeGreaterThanOrEqualTo(0);
            }
            catch (AnnotationFormatException fault)
            {
                fault.FileName.Should().Be(path);
            }
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void Merging_the_parts_of_a_split_gives_every_row_once() => Gen.Select(
        AnnotationGen.Set.Where(set => set.Count > 7),
        Gen.Double[0.05, 0.95],
        Gen.Long).Sample((set, share, seed) =>
    {
        (AnnotationSet train, AnnotationSet validation) = set.Split(share, seed);
        train.Count.Should().BePositive();
        validation.Count.Should().BePositive();
        train.Select(row => ImageGroups.Video(row.Image)).Should().NotIntersectWith(validation.Select(row => ImageGroups.Video(row.Image)));
        AnnotationSet merged = AnnotationSet.Merge(train, validation);
        Dictionary<string, int> order = set.Select((row, i) => (row.Image, i)).ToDictionary(pair => pair.Image, pair => pair.i);
        merged.Select(Enumerable.Range(0, merged.Count).OrderBy(i => order[merged[i].Image])).ShouldHaveRowsOf(set);
    }, iter: 200);

    [Fact]
    public void Merging_single_task_lists_gives_the_whole() => AnnotationGen.Set.Sample(set =>
    {
        AnnotationSet Only(Func<AnnotationRow, AnnotationRow> keep) => new(set.Select(keep), null, set.ExtraColumns);
        float[] none = [float.NaN];
        AnnotationSet merged = AnnotationSet.Merge(
            Only(row => row with { Expression = null, ActionUnits = default, Extra = none }),
            Only(row => row with { ValenceArousal = null, ActionUnits = default }),
            Only(row => row with { ValenceArousal = null, Expression = null, Extra = none }));
        merged.ShouldHaveRowsOf(set);
    }, iter: 200);
}
