using System.Text;
using CsCheck;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Importing;

namespace SsMfar.Tests.Importing;

/// <summary>Tables of others, as people have them.</summary>
public sealed class AnnotationImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_newcomers_table_is_read()
    {
        string table = Write(
            "labels.csv",
            "\uFEFFDatei;Gef\u00FChl;Valenz;Wer\r\nBild 1 \u00E4.jpg;FREUDE;0,5;Ada\r\n\"Bild;2.jpg\";\u00C4rger;-1;Ada\r\nBild " +
                "3.jpg;;;\r\n");
        string names = Write("names.csv", "Freude,Happiness\r\na\u0308rger,anger\r\n");

        AnnotationImportResult result = AnnotationImport.Load(table, new()
        {
            Columns = { ["image"] = "datei", ["expression"] = "GEFU\u0308HL", ["valence"] = "Valenz", ["person"] = "wer" },
            ClassNames = ClassNameTable.Load(names),
        });

        (result.Delimiter, result.DecimalSeparator, result.Encoding).Should().Be((';', ',', "utf-8"));
        result.Annotations.Select(row => row.Image).Should().Equal("Bild 1 \u00E4.jpg", "Bild;2.jpg", "Bild 3.jpg");
        result.Annotations.Select(row => row.Expression).Should().Equal(4, 1, null);
        result.Annotations.Select(row => row.Valence).Should().Equal(0.5f, -1, null);
        result.Annotations.TextColumns.Should().Equal("person");
        result.Annotations.Select(row => row.Text.Span[0]).Should().Equal("Ada", "Ada", null);
        result.IgnoredColumns.Should().BeEmpty();
    }

    [Theory]
    [InlineData(",", "utf-8", '.')]
    [InlineData(";", "utf-16", ',')]
    [InlineData("\t", "utf-16BE", ',')]
    [InlineData("|", "utf-8", '.')]
    public void Delimiters_encodings_and_decimal_separators_are_told(string delimiter, string encoding, char separator)
    {
        string text = "x,image,v\n1,a.jpg,0.5\n2,b.jpg,-0.25\n".Replace(",", delimiter, StringComparison.Ordinal).Replace('.', separator)
            .Replace($"{separator}jpg", ".jpg", StringComparison.Ordinal);

        AnnotationImportResult result = AnnotationImport.Read(
            [.. Encoding.GetEncoding(encoding).GetPreamble(), .. Encoding.GetEncoding(encoding).GetBytes(text)], "t.csv",
                Map("image=image", "valence=v"));

        (result.Delimiter, result.DecimalSeparator).Should().Be((delimiter[0], separator));
        result.Annotations.Select(row => row.Valence).Should().Equal(0.5f, -0.25f);
        result.IgnoredColumns.Should().Equal("x");
    }

    [Fact]
    public void An_encoding_may_be_named()
    {
        byte[] table = Encoding.Latin1.GetBytes("image;expression\nB\u00E4r.jpg;Fear\n");

        FluentActions.Invoking(() => AnnotationImport.Read(table, "t.csv", Map("image=image", "expression=expression"))).Should()
            .Throw<AnnotationFormatException>().WithMessage("t.csv, line 2: the byte E4 is not UTF-8*windows-1252*");
        TableDescription options = Map("image=image", "expression=expression");
        options.Encoding = Encoding.Latin1;
        AnnotationImport.Read(table, "t.csv", options).Annotations[0].Image.Should().Be("B\u00E4r.jpg");
    }

    [Theory]
    [InlineData("\r")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void The_line_of_a_byte_that_is_not_utf_8_is_told_whatever_ends_lines(string end)
    {
        byte[] table = Encoding.Latin1.GetBytes($"image;v{end}a.jpg;0{end}B\u008Ar.jpg;1{end}");
        string path = _folder.File("t.csv");
        File.WriteAllBytes(path, table);

        FluentActions.Invoking(() => AnnotationImport.Read(table, "t.csv", Map("image=image", "valence=v"))).Should()
            .Throw<AnnotationFormatException>().WithMessage("t.csv, line 3: the byte 8A is not UTF-8*");
        FluentActions.Invoking(() => AnnotationSet.Load(path)).Should()
            .Throw<AnnotationFormatException>().WithMessage("*t.csv, line 3: the byte 8A is not UTF-8*");
    }

    [Theory]
    [InlineData("1.jpg;0.5;19900513.0\n2.jpg;0.5;\n3.jpg;0.5;7.0\n", false)]
    [InlineData("1.jpg;0,5;19900513,0\n2.jpg;0,5;\n3.jpg;0,5;7,0\n", false)]
    [InlineData("1.jpg;0,5;19900512,00\n2.jpg;0,5;\n3.jpg;0,5;7,5\n", true)]
    public void Identifiers_that_pandas_wrote_beside_an_empty_field_are_text(string rows, bool isNumber)
    {
        AnnotationSet set = Read("image;v;born\n" + rows, Map("image=image", "valence=v", "born=born")).Annotations;

        (set.ExtraColumns.Length, set.TextColumns.Length).Should().Be(isNumber ? (1, 0) : (0, 1));
    }

    [Fact]
    public void Scales_and_unknown_marks_are_declared()
    {
        TableDescription options = Map("image=image", "valence=v", "arousal=a", "expression=e", "AU12=u");
        options.Ranges["valence"] = new(1, 9);
        options.Ranges["arousal"] = new(100, 0);
        foreach (string mark in new[] { "?", "-5", "n.a." })
        {
            options.UnknownMarks.Add(mark);
        }

        AnnotationSet set = Read("image,v,a,e,u\n1.jpg,1,100,Fear,1\n2.jpg,9,0,?,-5\n3.jpg,3,25,N.A.,0\n4.jpg,-5.0,-5,-5,?\n",
            options).Annotations;

        set.Select(row => row.Valence).Should().Equal(-1, 1, -0.5f, null);
        set.Select(row => row.Arousal).Should().Equal(-1, 1, 0.5f, null);
        set.Select(row => row.Expression).Should().Equal(3, null, null, null);
        set.Select(row => row.ActionUnits[ActionUnit.AU12]).Should().Equal(true, null, false, null);
    }

    [Fact]
    public void A_number_that_marks_unknown_labels_changes_no_other_column()
    {
        TableDescription options = Map("image=image", "expression=e", "AU12=u", "person=p", "age=a", "weight=w");
        options.UnknownMarks.Add("9");
        options.UnknownMarks.Add("?");

        AnnotationSet set = Read("image,e,u,p,a,w\n1.jpg,9,9,9,9,9\n2.jpg,Fear,1,09,9.0,1\n3.jpg,?,?,?,?,?\n", options).Annotations;

        set.Select(row => row.Expression).Should().Equal(null, 3, null);
        set.Select(row => row.ActionUnits[ActionUnit.AU12]).Should().Equal(null, true, null);
        set.TextColumns.Should().Equal("person");
        set.Select(row => row.Text.Span[0]).Should().Equal("9", "09", null);
        set.ExtraColumns.Should().Equal("weight", "age");
        set.SelectMany(row => row.Extra.ToArray()).Should().Equal(9, 9, 1, 9, float.NaN, float.NaN);
    }

    [Theory]
    [InlineData("valence", "9")]
    [InlineData("valence", "1,0")]
    [InlineData("arousal", "-1")]
    [InlineData("AU12", "0")]
    [InlineData("AU4_intensity", "5")]
    public void A_number_that_a_column_has_as_a_value_marks_unknown_only_where_its_columns_are_said(string name, string mark)
    {
        TableDescription options = Map("image=image", $"{name}=v", "expression=e", "person=p");
        if (name == "valence")
        {
            options.Ranges[name] = new(1, 9);
        }

        options.UnknownMarks.Add(mark);
        string table = $"image;v;e;p\n1.jpg;{mark};{mark};{mark}\n2.jpg;;Fear;Ada\n";

        FluentActions.Invoking(() => Read(table, options)).Should().Throw<ArgumentException>()
            .WithMessage($"The mark {mark} for unknown labels is a value of {name} too*TableDescription.ColumnUnknownMarks*");
        options.UnknownMarks.Clear();
        options.ColumnUnknownMarks["Expression"] = [mark];
        AnnotationSet set = Read(table, options).Annotations;

        set[0].Expression.Should().BeNull();
        set[0].Text.Span[0].Should().Be(mark);
        (set[0].Valence is not null || set[0].Arousal is not null || set[0].ActionUnits.AnyKnown || !float.IsNaN(set[0].Extra.Span[0]))
            .Should().BeTrue();
    }

    [Fact]
    public void Columns_may_have_marks_of_their_own()
    {
        TableDescription options = Map("image=image", "valence=v", "AU1=a", "AU17=b", "AU5_intensity=i", "age=age", "code=c");
        options.UnknownMarks.Add("?");
        options.ColumnUnknownMarks["aus"] = ["-1"];
        options.ColumnUnknownMarks["au05_intensity"] = ["0"];
        options.ColumnUnknownMarks["age"] = ["-99", "none"];
        options.ColumnUnknownMarks["CODE"] = ["9"];

        AnnotationSet set = Read(
            "image,v,a,b,i,age,c\n1.jpg,-1,-1,1,0,-99.0,9\n2.jpg,0,0,-1.0,5,NONE,09\n3.jpg,?,?,?,?,?,?\n", options).Annotations;

        set.Select(row => row.Valence).Should().Equal(-1, 0, null);
        set.Select(row => row.ActionUnits[ActionUnit.AU1]).Should().Equal(null, false, null);
        set.Select(row => row.ActionUnits[ActionUnit.AU17]).Should().Equal(true, null, null);
        set.ExtraColumns.Should().Equal("AU5_intensity");
        set.Select(row => row.Extra.Span[0]).Should().Equal(float.NaN, 5, float.NaN);
        set.Select(row => row.Text.ToArray()).Should().BeEquivalentTo(
            new string?[][] { [null, null], [null, "09"], [null, null] }, same => same.WithStrictOrdering());
    }

    [Theory]
    [InlineData("image", "A mark of image has no meaning*")]
    [InlineData("arousal", "A mark of arousal is given, and no column*")]
    [InlineData("aus", "A mark of aus is given, and no column*")]
    public void Marks_of_columns_that_are_not_there_are_refused(string name, string message)
    {
        TableDescription options = Map("image=image", "valence=v");
        options.ColumnUnknownMarks[name] = ["?"];

        FluentActions.Invoking(() => Read("image,v\n", options)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Numbers_are_classes_where_their_order_is_said()
    {
        const string Table = "image,e\n1.jpg,0\n2.jpg,1\n";
        TableDescription options = Map("image=image", "expression=e");
        FluentActions.Invoking(() => Read(Table, options)).Should().Throw<AnnotationFormatException>()
            .WithMessage("t.csv, line 2: expression ('e') is '0', a number, and which class it stands for is not said.*");

        options.ExpressionClasses = new("Calm", "Tense");
        Read(Table, options).Annotations.Select(row => row.Expression).Should().Equal(0, 1);
        options.ClassNames = new([new("1", "Calm"), new("0", "tense")]);
        Read(Table, options).Annotations.Select(row => row.Expression).Should().Equal(1, 0);
    }

    [Fact]
    public void Own_columns_are_numbers_or_text_and_those_with_a_meaning_are_checked()
    {
        AnnotationSet set = Read(
            "image;alter;code;w;i;q;born\n1.jpg;3,5;007;0,5;4;1;19900512\n2.jpg;;12;;;2;19900513\n",
            Map("image=image", "age=alter", "code=code", "weight=w", "AU4_intensity=i", "source=q", "born=born")).Annotations;

        set.ExtraColumns.Should().Equal("weight", "AU4_intensity", "age");
        set.TextColumns.Should().Equal("code", "source", "born");
        set[0].Extra.ToArray().Should().Equal(0.5f, 4, 3.5f);
        set[1].Extra.ToArray().Should().Equal(float.NaN, float.NaN, float.NaN);
        set[1].Text.ToArray().Should().Equal("12", "2", "19900513");
    }

    [Theory]
    [InlineData("image;e;alter;id\n1.jpg;Fear;3,5;a,b\n2.jpg;Anger;4;1,5\n", ',', 3.5f)]
    [InlineData("image;e;alter;id\n1.jpg;Fear;3.5;1\n2.jpg;Anger;4;2\n", '.', 3.5f)]
    [InlineData("image;e;alter;id\n1.jpg;Fear;3,5;1.5\n2.jpg;Anger;4;2\n", '.', null)] // one of the two is no number
    [InlineData("image,e,alter,id\n1.jpg,Fear,\"3,500\",1\n2.jpg,Anger,4,2\n", '.', null)] // commas of thousands
    [InlineData("image;e;alter;id\n1.jpg;Fear;;1\n2.jpg;Anger;;2\n", '.', null)]
    public void Own_columns_tell_the_decimal_separator_where_no_label_does(string table, char separator, float? age)
    {
        AnnotationImportResult result = Read(table, Map("image=image", "expression=e", "age=alter", "id=id"));

        result.DecimalSeparator.Should().Be(separator);
        result.Annotations.ExtraColumns.Contains("age").Should().Be(age is not null);
        if (age is { } first)
        {
            result.Annotations.Select(row => row.Extra.Span[0]).Should().Equal(first, 4);
        }
    }

    [Fact]
    public void A_first_line_of_a_spreadsheet_and_windows_paths_are_understood()
    {
        TableDescription options = Map("image=image", "valence=v");
        options.ImagePrefix = "C:\\Daten\\Bilder\\";

        AnnotationImportResult result = Read("sep=;\r\nimage;v\r\nC:\\Daten\\Bilder\\v\\1.jpg;0\r\nc:/daten/bilder/2.jpg;1\r\n", options);

        result.Annotations.Select(row => row.Image).Should().Equal("v/1.jpg", "2.jpg");
        options.ImagePrefix = null;
        FluentActions.Invoking(() => Read("image;v\nC:\\Daten\\1.jpg;0\n", options)).Should().Throw<AnnotationFormatException>()
            .WithMessage("t.csv, line 2: the image 'C:/Daten/1.jpg' is a full path*");
    }

    [Theory]
    [InlineData("faces/v", "faces/video1/1.jpg", "the image 'faces/video1/1.jpg' is not in the folder 'faces/v/', nor is any other.*")]
    [InlineData("C:\\Dat", "C:\\Daten\\1.jpg", "the image 'C:/Daten/1.jpg' is a full path not in 'C:/Dat/', and*a whole folder*")]
    public void A_beginning_that_no_image_has_as_a_whole_folder_is_refused(string prefix, string image, string message)
    {
        TableDescription options = Map("image=image", "valence=v");
        options.ImagePrefix = prefix;

        FluentActions.Invoking(() => Read($"image,v\n{image},0\n", options)).Should().Throw<AnnotationFormatException>()
            .WithMessage("t.csv, line 2: " + message + "ImagePrefix*");

        Read($"image,v\n{prefix}/1.jpg,0\na.jpg,1\n", options).Annotations.Select(row => row.Image).Should().Equal("1.jpg", "a.jpg");
    }

    [Theory]
    [InlineData('"')]
    [InlineData('\u001b')]
    [InlineData('a')]
    [InlineData('\u00e9')]
    public void A_first_line_that_names_what_parts_nothing_is_refused(char delimiter) => FluentActions
        .Invoking(() => Read($"sep={delimiter}\nimage;v\n1.jpg;0\n", Map("image=image", "valence=v")))
        .Should().Throw<AnnotationFormatException>().WithMessage("t.csv, line 1:*which cannot be*");

    [Fact]
    public void Images_must_be_there_and_lend_their_unicode_form()
    {
        foreach (string name in new[] { "a.jpg", "B\u00E4r.jpg" })
        {
            File.WriteAllText(_folder.File(name), "");
        }

        using FolderImageSource images = new(_folder.Path);
        TableDescription options = Map("image=image", "valence=v");

        AnnotationImportResult matched = Read("image,v\na.jpg,0\nBa\u0308r.jpg,1\n", options).MatchImages(images);

        matched.Annotations.Select(row => row.Image).Should().Equal("a.jpg", "B\u00E4r.jpg");
        matched.RespelledImages.Should().Be(1);
        Read("image,v\na.jpg,0\n", options).MatchImages(images).RespelledImages.Should().Be(0);
        FluentActions.Invoking(() => Read("image,v\na.jpg,0\n\ngone.jpg,1\naway.jpg,1\n", options).MatchImages(images)).Should()
            .Throw<AnnotationFormatException>().WithMessage("t.csv, line 4: the image 'gone.jpg' is not there*nor are 1 others of 3.*");
        FluentActions.Invoking(() => Read("image,v\nB\u00E4r.jpg,0\na.jpg,0\nBa\u0308r.jpg,1\n", options).MatchImages(images)).Should()
            .Throw<AnnotationFormatException>().WithMessage("t.csv, line 4: the image 'Ba\u0308r.jpg' is on line 2 already*Unicode form*");
    }

    [Fact]
    public void Options_that_contradict_themselves_are_refused()
    {
        void Refused(TableDescription options, string message) =>
            FluentActions.Invoking(() => Read("image,v\n", options)).Should().Throw<ArgumentException>().WithMessage(message);

        Refused(Map("valence=v"), "No column*image*");
        Refused(Map("image=image", "AU1=a", "AU01=b"), "AU1 is given two columns*");
        Refused(Map("image=image", "aus=a"), "Units are named one by one*");
        TableDescription options = Map("image=image", "valence=v");
        options.Ranges["expression"] = new(0, 1);
        Refused(options, "A range of expression*");
        options.Ranges.Clear();
        options.Ranges["arousal"] = new(0, 1);
        Refused(options, "A range of arousal is given, and no column*");
        options.Ranges.Clear();
        options.Ranges["valence"] = new(1, 1);
        Refused(options, "The ends of the range*");
        options.Ranges.Clear();
        options.DecimalSeparator = ';';
        Refused(options, "The decimal separator*");
        options.DecimalSeparator = null;
        options.Delimiter = '"';
        Refused(options, "The delimiter*");
        options.Delimiter = null;
        options.ClassNames = new([new("a", "Fear")]);
        Refused(options, "A table of class names*");
    }

    [Theory]
    [InlineData("Freude,Happiness\nFREUDE,Sadness\n", "names.csv, line 2: 'FREUDE' is Sadness here and Happiness on line 1*")]
    [InlineData("Freude,Joy\n", "names.csv, line 1: 'Joy' is none of the classes Neutral, Anger*")]
    [InlineData("Freude;Happiness\n", "names.csv, line 1: 'Freude;Happiness' is no line of the form theirs,ours*")]
    [InlineData("a,Fear\nFreude,Happiness,4\n", "names.csv, line 2: *is no line of the form*")]
    [InlineData("Freude,\n", "names.csv, line 1: *is no line of the form*")]
    [InlineData("\n\n", "names.csv: the table of class names is empty.*")]
    public void A_table_of_names_that_is_wrong_is_named_with_its_line(string names, string message)
    {
        string path = Write("names.csv", names);
        TableDescription options = Map("image=image", "expression=e");

        FluentActions.Invoking(() =>
        {
            options.ClassNames = ClassNameTable.Load(path);
            return Read("image,e\n1.jpg,Freude\n", options);
        }).Should().Throw<AnnotationFormatException>().WithMessage("*" + message);
    }

    [Fact]
    public void Any_cells_that_a_csv_writer_quotes_are_read_back() => Gen.Select(
        Gen.String[Gen.Char["ab \",;'\u00E9#"], 1, 6].Array[2].Array[1, 8], Gen.OneOf(Gen.Const(','), Gen.Const(';'),
            Gen.Const('\t'))).Sample((rows, delimiter) =>
    {
        StringBuilder table = new($"image{delimiter}note{delimiter}source\n");
        for (int i = 0; i < rows.Length; i++)
        {
            table.Append(Quoted($"{rows[i][0]}{i}.jpg")).Append(delimiter).Append(Quoted($"x{rows[i][1]}x")).Append(delimiter)
                .Append("s\n");
        }

        AnnotationSet set = Read(table.ToString(), Map("image=image", "note=note", "source=source")).Annotations;
        set.Select(row => row.Image).Should().Equal(rows.Select((row, i) => $"{row[0]}{i}.jpg".Trim()));
        set.Select(row => row.Text.Span[0]).Should().Equal(rows.Select(row => $"x{row[1]}x"));
    }, iter: 200);

    [Fact]
    public void Any_bytes_are_read_or_refused_with_the_file() => Gen.Select(Gen.Bool, Gen.Byte.Array[0, 80]).Sample((withHeader, bytes) =>
    {
        try
        {
            AnnotationImport.Read(withHeader ? [.. "image,v\n"u8, .. bytes] : bytes, "t.csv", Map("image=image", "valence=v"));
        }
        catch (AnnotationFormatException fault)
        {
            fault.FileName.Should().Be("t.csv");
        }
    }, iter: 1000);

    internal static TableDescription Map(params string[] pairs)
    {
        TableDescription options = new();
        foreach (string[] pair in pairs.Select(pair => pair.Split('=')))
        {
            options.Columns[pair[0]] = pair[1];
        }

        return options;
    }

    internal static AnnotationImportResult Read(string table, TableDescription options) =>
        AnnotationImport.Read(Encoding.UTF8.GetBytes(table), "t.csv", options);

    private static string Quoted(string cell) => $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
