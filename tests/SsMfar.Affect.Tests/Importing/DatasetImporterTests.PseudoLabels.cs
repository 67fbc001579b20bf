using SsMfar.Data;
using SsMfar.Importing;

namespace SsMfar.Tests.Importing;

/// <content>What programs say of faces.</content>
public sealed partial class DatasetImporterTests
{
    [Fact]
    public void OpenFace()
    {
        Write(
            "out/clip.csv",
            "frame, face_id, timestamp, confidence, success, AU01_r, AU12_r, AU01_c, AU12_c\n" +
            "1, 0, 0.0, 0.98, 1, 0.00, 2.53, 0.00, 1.00\n2, 0, 0.03, 0.02, 0, 0.00, 0.00, 0.00, 0.00\n");
        Write("out/photo.csv", "face, confidence, AU01_r, AU01_c\n0, 0.8, 5.2, 1\n1, 0.9, 0.5, 0\n");

        DatasetImportResult result = Import("openface");

        Names(result).Should().Equal("out/clip/00001.jpg", "out/photo.jpg");
        result.Annotations[0].ActionUnits[ActionUnit.AU12].Should().BeTrue();
        result.Annotations[1].ActionUnits[ActionUnit.AU1].Should().BeFalse("the surer face counts");
        Extra(result, "AU12_intensity").Should().Equal(2.53f, float.NaN);
        result.Annotations.IntensityUnits.Should().Be(ActionUnitSet.Parse("AU1", "AU12"));
        result.Annotations[0].Intensities[ActionUnit.AU12].Should().Be(2.53f);
        result.Annotations[1].Intensities[ActionUnit.AU12].Should().BeNull();
        result.Annotations.Select(row => row.Text.Span[0]).Should().Equal("openface", "openface");
        result.Notes.Should().BeEquivalentTo("1 frames without a tracked face, left out", "1 further faces of an image, left out");
        Write("out/photo.JPG", "");
        Names(Import("openface")).Should().Equal("out/clip/00001.jpg", "out/photo.JPG");
        Write("out/clip_aligned/frame_det_00_000001.bmp", "");
        Names(Import("openface")).Should().StartWith("out/clip_aligned/frame_det_00_000001.bmp");
    }

    [Fact]
    public void Fex()
    {
        Write(
            "faces.csv",
            ",FaceRectX,FaceScore,AU01,AU09,anger,disgust,fear,happiness,sadness,surprise,neutral,input,frame\n" +
            "0,1.0,0.99,0.7,0.2,0.1,0,0,0.8,0,0.1,0,a/1.jpg,0\n1,1.0,0.5,0.1,0.9,0.9,0,0,0,0,0.1,0,a/1.jpg,0\n" +
            "2,,,,,,,,,,,,a/2.jpg,1\n3,1.0,0.9,0.5,0.5,0.9,0,0,0,0,0.1,0,/data/x/clip.mp4,4\n");

        DatasetImportResult result = Import("fex");

        Names(result).Should().Equal("a/1.jpg", "clip/00005.jpg");
        result.Annotations.Select(row => row.Expression).Should().Equal(4, 1);
        result.Annotations.Select(row => row.ActionUnits[ActionUnit.AU1]).Should().Equal(true, true);
        Unit(result, ActionUnit.AU9).Should().Equal(false, true);
        result.Notes.Should().BeEquivalentTo("1 further faces of an image, left out", "1 images without a found face, left out");
    }

    [Fact]
    public void What_the_surer_face_lacks_is_not_the_other_faces()
    {
        Write(
            "faces.csv",
            "FaceScore,AU01,AU09,anger,disgust,fear,happiness,sadness,surprise,neutral,valence,arousal,input\n" +
            "0.5,1,1,1,0,0,0,0,0,0,0.5,0.5,1.jpg\n0.9,,0,,,,,,,,,,1.jpg\n");

        DatasetImportResult result = Import("fex");

        AnnotationRow row = result.Annotations.Should().ContainSingle().Subject;
        (row.Expression, row.Valence, row.Arousal).Should().Be((null, null, null));
        (row.ActionUnits[ActionUnit.AU1], row.ActionUnits[ActionUnit.AU9]).Should().Be((null, false));
    }

    [Fact]
    public void Inputs_that_are_named_from_the_working_folder_are_images_of_the_folder()
    {
        string name = $"fex-{Guid.NewGuid():N}";
        DirectoryInfo here = Directory.CreateDirectory(Path.Combine(Environment.CurrentDirectory, name));
        try
        {
            here.CreateSubdirectory("clip");
            File.WriteAllText(Path.Combine(here.FullName, "clip/1.jpg"), "");
            File.WriteAllText(
                Path.Combine(here.FullName, "faces.csv"), $"FaceScore,AU01,input\n0.9,1,{name}/clip/1.jpg\n0.9,1,clip/2.jpg\n");

            Names(DatasetImporter.Parse("fex").Import(here.FullName)).Should().Equal("clip/1.jpg", "clip/2.jpg");
        }
        finally
        {
            here.Delete(recursive: true);
        }
    }

    [Fact]
    public void Two_inputs_of_one_name_outside_of_the_folder_are_refused()
    {
        Write("faces.csv", "FaceScore,AU01,input\n0.9,1,/photos/p1/1.jpg\n0.8,0,/photos/p1/1.jpg\n0.9,0,/photos/p2/1.jpg\n");

        AnnotationFormatException fault = FluentActions.Invoking(() => Import("fex")).Should().Throw<AnnotationFormatException>().Which;

        (fault.LineNumber, fault.Value).Should().Be((4, "/photos/p2/1.jpg"));
        fault.Message.Should().ContainAll("'/photos/p1/1.jpg'", "'1.jpg'");
        fault.Remedy.Should().Contain("holds both");
    }
}
