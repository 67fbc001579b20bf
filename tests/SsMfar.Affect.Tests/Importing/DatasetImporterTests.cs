using System.Globalization;
using System.Text;
using SsMfar.Data;
using SsMfar.Importing;

namespace SsMfar.Tests.Importing;

/// <summary>Public data sets in their published layouts, drawn up here; counts follow from how they are drawn up.</summary>
public sealed partial class DatasetImporterTests : IDisposable
{
    private static readonly ExpressionClassSet WithContempt = new("Neutral", "Happiness", "Contempt", "Anger");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AffectNet_by_its_lists()
    {
        const string Header = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n";
        Write("training.csv", Header + "689/a.jpg,1,1,9,9,1;2;3,1,0.5,-0.25\n689/b.jpg,1,1,9,9,1;2,10,-2,-2\n12/c.JPG,1,1,9,9,1,9,-2,-2\n");
        Write("validation.csv", Header + "1/d.jpg,1,1,9,9,1,7,-0.5,0.5\n1/e.jpg,1,1,9,9,1,8,0,0\n");

        DatasetImportResult result = Import("affectnet");

        Names(result).Should().Equal(
            "Manually_Annotated_Images/689/a.jpg", "Manually_Annotated_Images/12/c.JPG", "Manually_Annotated_Images/1/d.jpg",
            "Manually_Annotated_Images/1/e.jpg");
        result.Annotations.Select(row => row.Expression).Should().Equal(4, null, null, null);
        result.Annotations.Select(row => row.Valence).Should().Equal(0.5f, null, -0.5f, 0);
        result.Annotations.Select(row => row.Text.Span[1]).Should().Equal("training", "training", "validation", "validation");
        result.Notes.Should().BeEquivalentTo(
            "1 images without a face, left out", "2 rows without an expression: None or Uncertain",
            "1 rows without an expression: Contempt is none of the classes");
        Import("affectnet", WithContempt).Annotations.Select(row => row.Expression).Should().Equal(1, null, 2, null);
    }

    [Theory]
    [InlineData("affectnet", "training.csv", "subDirectory_filePath,expression,valence,arousal\n1/a.jpg,1,0,0\n{0},1,0,0\n")]
    [InlineData("emotionet", "labels.csv", "URL,orig_url,AU 1\n'http://host/a.jpg',x,1\n{0},x,1\n")]
    [InlineData("fex", "faces.csv", "input,FaceScore,AU01\na.jpg,0.9,1\n{0},0.9,1\n")]
    public void Names_that_are_none_are_refused_with_their_line(string layout, string file, string content)
    {
        foreach (string name in new[] { "", " ", "b/" })
        {
            Write(file, string.Format(CultureInfo.InvariantCulture, content, name));

            AnnotationFormatException refused =
                FluentActions.Invoking(() => Import(layout)).Should().Throw<AnnotationFormatException>().Which;

            (Path.GetFileName(refused.FileName), refused.LineNumber).Should().Be((file, 3), name);
            refused.Message.Should().Contain("the image name");
        }
    }

    [Fact]
    public void The_folder_of_AffectNets_arrays_alone_is_refused()
    {
        WriteArray("0_exp.npy", "<U1", Encoding.UTF32.GetBytes("1"));

        FluentActions.Invoking(() => Import("affectnet")).Should().Throw<AnnotationFormatException>()
            .WithMessage("*no folder of affectnet: its arrays lie in it alone, and images in a folder beside it. Give the one*");
    }

    [Fact]
    public void AffectNet_by_its_arrays()
    {
        foreach ((string set, string id, string code, string valence, string arousal) in new[]
        {
            ("train_set", "0", "1", "0.75", "-0.5"), ("train_set", "17", "6", "-0.5", "0.5"), ("val_set", "3", "0", "-2", "-2"),
        })
        {
            WriteArray($"{set}/annotations/{id}_exp.npy", "<U1", Encoding.UTF32.GetBytes(code));
            WriteArray($"{set}/annotations/{id}_val.npy", "<f8", BitConverter.GetBytes(double.Parse(valence,
                CultureInfo.InvariantCulture)));
            WriteArray($"{set}/annotations/{id}_aro.npy", "<U5", Encoding.UTF32.GetBytes(arousal.PadRight(5, '\0')));
            WriteArray($"{set}/annotations/{id}_lnd.npy", "<f8", new byte[16], "(2,)");
            Write($"{set}/images/{id}.jpg", "");
        }

        DatasetImportResult result = Import("affectnet");

        Names(result).Should().Equal("train_set/images/0.jpg", "train_set/images/17.jpg", "val_set/images/3.jpg");
        result.Annotations.Select(row => row.Expression).Should().Equal(4, 1, 0);
        result.Annotations.Select(row => (row.Valence, row.Arousal)).Should().Equal((0.75f, -0.5f), (-0.5f, 0.5f), (null, null));
        WriteArray("val_set/annotations/4_exp.npy", "<f8", new byte[16], "(2,)");
        FluentActions.Invoking(() => Import("affectnet")).Should().Throw<AnnotationFormatException>()
            .WithMessage("*4_exp.npy*no single value*");
    }

    [Fact]
    public void RafDb()
    {
        Write("basic/EmoLabel/list_patition_label.txt", "train_00001.jpg 5\ntrain_00002.jpg 1\ntest_0001.jpg 7\ntest_0002.jpg 4\n");

        DatasetImportResult result = Import("raf-db");

        Names(result).Should().StartWith("basic/Image/aligned/train_00001_aligned.jpg").And.HaveCount(4);
        result.Annotations.Select(row => row.Expression).Should().Equal(5, 6, 0, 4);
        result.Annotations.Select(row => row.Text.Span[1]).Should().Equal("train", "train", "test", "test");
        Directory.CreateDirectory(_folder.File("basic/Image/original"));
        Names(Import("raf-db")).Should().StartWith("basic/Image/original/train_00001.jpg");
        Write("basic/EmoLabel/list_patition_label.txt", "train_00001.jpg 5\ntrain_00002.jpg 8\n");
        FluentActions.Invoking(() => Import("raf-db")).Should().Throw<AnnotationFormatException>()
            .WithMessage("*list_patition_label.txt, line 2: *from 1 to 7*");
    }

    [Fact]
    public void RafAu()
    {
        Write("RAFAU_label.txt", "0001.jpg 1+L12+25 \n0007.jpg null\n0011.jpg 9\n");

        DatasetImportResult result = Import("raf-au");

        Names(result).Should().Equal("aligned/0001_aligned.jpg", "aligned/0007_aligned.jpg", "aligned/0011_aligned.jpg");
        result.Annotations[0].ActionUnits.KnownCount.Should().Be(13);
        Present(result.Annotations[0]).Should().Equal("AU1", "AU12", "AU25");
        result.Annotations[1].ActionUnits.AnyKnown.Should().BeFalse();
        result.Annotations.ExtraColumns.Should().BeEmpty();
        result.Annotations.Units.Names.Should().HaveCount(13).And.Contain("AU9");
        Unit(result, ActionUnit.AU9).Should().Equal(false, null, true);
        result.Notes.Should().Equal("1 rows without a unit: null");
        Write("RAFAU_label.txt", "0001.jpg 1+L12+25\n0002.jpg Q4\n");
        FluentActions.Invoking(() => Import("raf-au")).Should().Throw<AnnotationFormatException>()
            .WithMessage("*RAFAU_label.txt, line 2: *");
    }

    [Fact]
    public void FerPlus()
    {
        Write(
            "fer2013new.csv",
            "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n" +
            "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0\n" + // 4 of 9 are no majority
            "Training,fer0000002.png,5,0,0,1,3,1,0,0,0,0\n" + // 5 of 8 are, without single votes
            "PublicTest,fer0028638.png,0,0,0,0,0,0,0,0,0,10\n" +
            "PublicTest,,0,0,0,0,0,0,0,0,0,10\n" +
            "PrivateTest,fer0032220.png,0,0,0,0,0,0,0,9,1,0\n" +
            "PrivateTest,fer0032221.png,0,2,0,0,0,0,0,0,8,0\n");

        DatasetImportResult result = Import("ferplus");

        Names(result).Should().Equal(
            "FER2013Train/fer0000000.png", "FER2013Train/fer0000002.png", "FER2013Test/fer0032220.png", "FER2013Test/fer0032221.png");
        result.Annotations.Select(row => row.Expression).Should().Equal(null, 0, null, null);
        result.Annotations.ExtraColumns.Should().Contain("p_neutral").And.HaveCount(8);
        Extra(result, "p_neutral").Should().Equal(4 / 9f, 5 / 8f, 0, 0);
        Extra(result, "p_happiness").Should().Equal(0, 0, 0, 1);
        result.Notes.Should().BeEquivalentTo(
            "2 images without a face, left out", "2 rows without an expression: no majority",
            "1 rows without an expression: contempt is none of the classes");
        Import("ferplus", WithContempt).Annotations[2].Expression.Should().Be(2);
    }

    [Fact]
    public void Disfa()
    {
        Write("ActionUnit_Labels/SN001/SN001_au1.txt", "1,0\n2,1\n3,2\n");
        Write("ActionUnit_Labels/SN001/SN001_au9.txt", "1,5\n2,0\n3,0\n");

        DatasetImportResult result = Import("disfa");

        Names(result).Should().Equal("SN001/00001.jpg", "SN001/00002.jpg", "SN001/00003.jpg");
        result.Annotations.IntensityUnits.Should().Be(ActionUnitSet.Parse("AU1", "AU9"));
        result.Annotations.Select(row => row.Intensities[ActionUnit.AU1]).Should().Equal(0f, 1f, 2f);
        result.Annotations.Statistics.MeanIntensities.Should().Equal(1, 5 / 3.0);
        result.Annotations.Select(row => row.ActionUnits[ActionUnit.AU1]).Should().Equal(false, false, true);
        result.Annotations.Select(row => row.ActionUnits.KnownCount).Should().Equal(2, 2, 2);
        result.Annotations.Units.Names.Should().Equal("AU1", "AU9");
        Unit(result, ActionUnit.AU9).Should().Equal(true, false, false);
        result.Annotations.ExtraColumns.Should().Equal("AU1_intensity", "AU9_intensity");
        result.Annotations.Select(row => row.Extra.ToArray()).Should().BeEquivalentTo(new float[][] { [0, 5], [1, 0], [2, 0] });
        Write("Images/SN001/frame_002.png", "");
        Write("Images/SN001/frame_003.png", "");
        DatasetImportResult framed = Import("disfa");
        Names(framed).Should().Equal("Images/SN001/frame_002.png", "Images/SN001/frame_003.png");
        framed.Notes.Should().Equal("2 labels of frames that have no image, left out");
        Write("ActionUnit_Labels/SN001/SN001_au9.txt", "1,6\n");
        FluentActions.Invoking(() => Import("disfa")).Should().Throw<AnnotationFormatException>()
            .WithMessage("*SN001_au9.txt, line 1: *0 to 5*");
    }

    [Fact]
    public void Bp4d()
    {
        Write("AUCoding/AU_OCC/F001_T1.csv", "0,1,2,12,14\n2440,0,1,9,1\n2441,1,9,1,0\n");
        Write("AUCoding/AU_INT/AU12/F001_T1_AU12.csv", "2440,9\n2441,4\n");

        DatasetImportResult result = Import("bp4d");

        Names(result).Should().Equal("F001/T1/2440.jpg", "F001/T1/2441.jpg");
        Present(result.Annotations[0]).Should().Equal("AU2", "AU14");
        result.Annotations.Select(row => row.ActionUnits.KnownCount).Should().Equal(3, 3);
        result.Annotations.Units.Names.Should().Equal("AU1", "AU2", "AU12", "AU14");
        result.Annotations.IntensityUnits.Should().Be(ActionUnitSet.Parse("AU12"));
        result.Annotations[1].Intensities[ActionUnit.AU12].Should().Be(4);
        result.Annotations[1].ActionUnits[ActionUnit.AU12].Should().BeTrue("AU_OCC says so; intensities decide no presence");
        result.Annotations.ExtraColumns.Should().Equal("AU12_intensity");
        Extra(result, "AU12_intensity").Should().Equal(float.NaN, 4);
        Write("AUCoding/AU_OCC/F001_T1.csv", "0,1\n2440,7\n");
        FluentActions.Invoking(() => Import("bp4d")).Should().Throw<AnnotationFormatException>()
            .WithMessage("*F001_T1.csv, line 2: AU1 is 7*");
    }

    [Fact]
    public void EmotioNet()
    {
        Write(
            "labels.csv",
            "URL,orig_url,AU 1,AU 2,AU 5,AU " +
                "12\n'http://host/N_0001/N_01.jpg','http://x/a.jpg',1,999,0,0\n'http://host/N_02.jpg?x=1',y,0,0,1,999\n");

        Write("notes.txt", "");
        File.WriteAllBytes(_folder.File("LICENSE.txt"), [0x4C, 0xED, 0xE7, 0x0A, 0x22, 0x0A]);

        DatasetImportResult result = Import("emotionet");

        result.Notes.Should().ContainSingle(note => note.EndsWith("texts that are no tables, passed over"));
        Names(result).Should().Equal("N_01.jpg", "N_02.jpg");
        Present(result.Annotations[0]).Should().Equal("AU1");
        result.Annotations.Select(row => row.ActionUnits.KnownCount).Should().Equal(3, 3);
        Unit(result, ActionUnit.AU5).Should().Equal(false, true);
    }

    [Fact]
    public void AffWild2()
    {
        Write("VA_Estimation_Challenge/Train_Set/video1.txt", "valence,arousal\n0.5,-0.25\n-5,-5\n-5.0,0.1\n");
        Write(
            "EXPR_Classification_Challenge/Validation_Set/video1.txt",
            "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other\n4\n-1\n7\n");
        Write(
            "AU_Detection_Challenge/Train_Set/video2_left.txt",
            "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26\n1,0,0,0,0,0,-1,0,0,0,0,1\n-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1\n");
        Write("readme.txt", "hello\n");

        DatasetImportResult result = Import("aff-wild2");

        Names(result).Should().Equal("video2_left/00001.jpg", "video2_left/00002.jpg", "video1/00001.jpg", "video1/00002.jpg",
            "video1/00003.jpg");
        result.Annotations.Select(row => row.Expression).Should().Equal(null, null, 4, null, 7);
        result.Annotations.Select(row => row.Valence).Should().Equal(null, null, 0.5f, null, null);
        result.Annotations.Select(row => row.Arousal).Should().Equal(null, null, -0.25f, null, 0.1f);
        result.Annotations.Select(row => row.ActionUnits.KnownCount).Should().Equal(11, 0, 0, 0, 0);
        result.Annotations.Select(row => row.Text.Span[1]).Should().Equal(
            "train", "train", "validation+train", "validation+train", "validation+train");
        Write("cropped_aligned/video1/00003.jpg", "");
        Write("cropped_aligned/video1/._00003.jpg", "");
        DatasetImportResult cropped = Import("aff-wild2");
        Names(cropped).Should().Equal("video2_left/00001.jpg", "video2_left/00002.jpg", "cropped_aligned/video1/00003.jpg");
        cropped.Annotations[2].Expression.Should().Be(7);
        cropped.Notes.Should().Equal("4 labels of frames that have no image, left out");
        Write("AU_Detection_Challenge/Train_Set/video3.txt", "AU1,AU2\n1\n");
        FluentActions.Invoking(() => Import("aff-wild2")).Should().Throw<AnnotationFormatException>().WithMessage("*video3.txt, line 2: *");
    }

    [Fact]
    public void CkPlus()
    {
        Write("Emotion/S005/001/S005_001_00000011_emotion.txt", "   3.0000000e+00\n");
        Write("Emotion/S010/002/S010_002_00000014_emotion.txt", "   2.0000000e+00\n");
        Write("FACS/S005/001/S005_001_00000011_facs.txt", "   9.0000000e+00   4.0000000e+00\n   1.2000000e+01   0.0000000e+00\n");

        DatasetImportResult result = Import("ck-plus");

        Names(result).Should().Equal(
            "cohn-kanade-images/S005/001/S005_001_00000011.png", "cohn-kanade-images/S010/002/S010_002_00000014.png");
        result.Annotations.Select(row => row.Expression).Should().Equal(2, null);
        Present(result.Annotations[0]).Should().Equal("AU9", "AU12");
        result.Annotations.Select(row => row.ActionUnits.KnownCount).Should().Equal(13, 0);
        result.Annotations.ExtraColumns.Should().Equal("AU9_intensity");
        result.Annotations[0].Extra.ToArray().Should().Equal(4);
        Write("FACS/S010/002/S010_002_00000014_facs.txt", "   1.0000000e+00   2.0000000e+00\n");
        AnnotationSet graded = Import("ck-plus").Annotations;
        graded.IntensityUnits.Should().Be(ActionUnitSet.Parse("AU1", "AU9"));
        graded.Select(row => row.Intensities[ActionUnit.AU9]).Should().Equal(4f, 0f);
        graded.Select(row => row.Intensities[ActionUnit.AU1]).Should().Equal(0f, 2f);
        result.Notes.Should().Equal("1 rows without an expression: Contempt is none of the classes");
    }

    public static TheoryData<string> Importers => [.. DatasetImporter.All.Select(importer => importer.Name)];

    [Theory]
    [MemberData(nameof(Importers))]
    public void Another_folder_is_refused_by_what_it_lacks(string name)
    {
        Write("notes.md", "nothing");

        FluentActions.Invoking(() => Import(name)).Should().Throw<AnnotationFormatException>()
            .WithMessage($"*no folder of {name}*Give the one that has*");
        FluentActions.Invoking(() => DatasetImporter.Parse(name).Import(_folder.File("gone"))).Should().Throw<DirectoryNotFoundException>();
    }

    [Fact]
    public void Names_are_told_without_case_and_listed() =>
        (DatasetImporter.Parse("RAF-DB").Name, FluentActions.Invoking(() => DatasetImporter.Parse("mnist")).Should()
            .Throw<FormatException>()
            .Which.Message).Should().Be((
                "raf-db",
                "must be one of affectnet, raf-db, raf-au, ferplus, disfa, bp4d, emotionet, aff-wild2, ck-plus, openface, fex."));

    private DatasetImportResult Import(string name, ExpressionClassSet? classes = null) =>
        DatasetImporter.Parse(name).Import(_folder.Path, classes);

    private static IEnumerable<string> Names(DatasetImportResult result) => result.Annotations.Select(row => row.Image);

    private static IEnumerable<string> Present(AnnotationRow row) =>
        Enumerable.Range(1, 64).Where(number => row.ActionUnits[(ActionUnit)number] == true).Select(number => $"AU{number}");

    private static IEnumerable<bool?> Unit(DatasetImportResult result, ActionUnit unit) =>
        result.Annotations.Select(row => row.ActionUnits[unit]);

    private static IEnumerable<float> Extra(DatasetImportResult result, string column) =>
        result.Annotations.Select(row => row.Extra.Span[result.Annotations.ExtraColumns.IndexOf(column)]);

    private void WriteArray(string name, string type, byte[] data, string shape = "()")
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. data]);
    }

    private void Write(string name, string text)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
