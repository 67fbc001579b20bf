using System.Collections.Immutable;
using SsMfar.ConsoleApp.Photographs;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Which images: one file, a folder's, or a list's.</summary>
internal sealed record ImageSelection(string? Image, string? Folder, string? List, string? Data, FaceBox? Box, string? Boxes)
{
    public IImageSource Open()
    {
        if (new[] { Image, Folder, List }.Count(option => option is not null) != 1)
        {
            throw new BadInputException("predict needs one of --image FILE, --images DIR, or --list FILE with --data DIR.");
        }

        if ((List is null) != (Data is null))
        {
            throw new BadInputException("--list FILE and --data DIR go together: the list's image names are relative to the folder.");
        }

        if (Box is not null && (Image is null || Boxes is not null))
        {
            throw new BadInputException("--box is about the one image of --image: for several images, give --boxes FILE.");
        }

        return Image is { } image ? new FolderImageSource(Inputs.FolderOf(image))
            : Folder is { } folder ? new FolderImageSource(folder)
            : Inputs.OpenImages(Data!);
    }

    /// <summary>What decides how images are read, beside their names.</summary>
    public IEnumerable<string> Words() => [$"{Box}", Boxes is null ? "" : StartRecord.Fingerprint(Boxes)];

    /// <summary>Options and the files that are read; null where not given.</summary>
    public IEnumerable<(string Option, string? Path)> Files =>
        [("--image", Image), ("--list", List), ("--data", Data), ("--boxes", Boxes)];

    /// <summary>Where the names come from, for messages.</summary>
    public string Listed => List is not null ? $"--list {List}" : Folder is not null ? $"--images {Folder}" : $"--image {Image}";

    /// <summary>The images with the boxes of their faces, where some were given.</summary>
    public ImmutableArray<(string Name, FaceBox? Box)> Faces(ImmutableArray<string> names) =>
        Boxes is { } file ? FaceBoxes.Read(file, names) : [.. names.Select(name => (name, Box))];

    public ImmutableArray<string> Names(ConsoleSession session, IImageSource images) =>
        Image is { } image ? [Path.GetFileName(image)]
        : images is FolderImageSource folder && Folder is not null ? Inputs.ListImages(session, "--images", folder)
        : AnnotationSet.LoadImages(List!);
}
