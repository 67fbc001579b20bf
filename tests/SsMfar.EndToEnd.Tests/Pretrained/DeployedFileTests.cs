using System.Security.Cryptography;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.ConsoleApp;
using SsMfar.Tests.Packaging;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Pretrained;

/// <summary>Where the weights of SsMfar.Pretrained are looked for, and what is said where they are not, or are others.</summary>
public sealed class DeployedFileTests : IDisposable
{
    private static readonly byte[] Content = [1, 2, 3, 4];
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Content));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ImageNets_file_lies_beside_the_application_and_is_the_published_one()
    {
        PretrainedWeights weights = ImageNetWeights.ResNet18;

        weights.Path.Should().Be(Path.Combine(AppContext.BaseDirectory, "SsMfar.Pretrained", "imagenet-resnet18.onnx"));
        Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(weights.Path))).Should().Be(PretrainedFiles.Sha256);
    }

    [Fact]
    public void The_whole_network_is_taken_from_the_file_and_its_ninth_block_left_out()
    {
        using ResNet network = new(18, RandomKey.FromSeed(1));

        PretrainedReport report = ImageNetWeights.ResNet18.LoadInto(network);

        report.Matched.Should().HaveCount(100);
        report.Missing.Should().BeEmpty();
        report.Mismatched.Should().BeEmpty();
        report.Foreign.Should().HaveCount(10).And.OnlyContain(name => name.StartsWith("layer4.2.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(34)]
    [InlineData(50)]
    public void A_deeper_network_does_not_take_a_part_of_it(int depth)
    {
        using ResNet network = new(depth, RandomKey.FromSeed(1));
        using torch.Tensor before = network.state_dict()["conv1.weight"].detach().clone();

        FluentActions.Invoking(() => ImageNetWeights.ResNet18.LoadInto(network)).Should().Throw<ModelFileException>()
            .WithMessage($"*for a ResNet-{depth} the file lacks*");
        (network.state_dict()["conv1.weight"].detach() - before).abs().max().item<float>().Should().Be(0);
    }

    [Fact]
    public void The_first_convolution_is_the_files_turned_to_rgb_from_0_to_1_divided_by_imagenets_deviations()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResNet network = new(18, RandomKey.FromSeed(1));
        using WeightFile file = WeightFile.Open(ImageNetWeights.ResNet18.Path);
        WeightEntry first = file.Entries.Values.Single(entry => entry.Shape.SequenceEqual([64, 3, 7, 7]));

        ImageNetWeights.ResNet18.LoadInto(network);

        torch.Tensor deviations = torch.tensor(new[] { 0.229f, 0.224f, 0.225f }).view(1, 3, 1, 1);
        torch.Tensor expected = file.Read(first.Name).flip(1) * (deviations * Scalars.Of(255));
        torch.Tensor actual = network.state_dict()["conv1.weight"].detach();
        (actual - expected).abs().max().item<float>().Should().BeLessThan(1e-6f * expected.abs().max().item<float>());
    }

    [Fact]
    public void A_backbone_without_weights_is_told_with_those_that_have_some()
    {
        ImageNetWeights.Backbones.Should().Equal(BackboneFactory.ResNet18);
        FluentActions.Invoking(() => ImageNetWeights.For(BackboneFactory.ResNet50)).Should().Throw<ArgumentException>()
            .WithMessage("*ImageNet for resnet50; there are for resnet18.*").Which.ParamName.Should().Be("backbone");
    }

    [Fact]
    public void The_first_folder_that_has_it_is_taken()
    {
        Write("b");
        Write("c");

        File("a", "b", "c").VerifiedPath.Should().Be(Path.Combine(_folder.Path, "b", "file.onnx"));
    }

    [Fact]
    public void A_file_that_is_nowhere_is_told_with_every_folder_and_the_package()
    {
        DeployedFile file = File("a", "b");

        ModelFileException fault = Fault(file);
        fault.Path.Should().Be(Path.Combine(_folder.Path, "a", "file.onnx"));
        fault.Message.Should().ContainAll(fault.Path, "there is no such file", Path.Combine(_folder.Path, "b"));
        fault.Remedy.Should().Contain("Reference the package SsMfar.Pretrained");
        ShouldBeToldByTheConsole(fault);
        Write("b");
        file.VerifiedPath.Should().Be(Path.Combine(_folder.Path, "b", "file.onnx"), "it was put right");
    }

    [Fact]
    public void Another_file_of_its_name_is_told_by_its_content()
    {
        Write("a", 9, 9);

        ModelFileException fault = Fault(File("a"));

        string other = Convert.ToHexStringLower(SHA256.HashData([9, 9]));
        fault.Message.Should().ContainAll(Path.Combine(_folder.Path, "a", "file.onnx"), Hash, other);
        fault.Remedy.Should().Contain("publish the application again");
        ShouldBeToldByTheConsole(fault);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_told_with_the_reason()
    {
        Write("a");
        string path = Path.Combine(_folder.Path, "a", "file.onnx");
        DeployedFile file = File("a");

        // Held by another, which stops an administrator too.
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            ModelFileException fault = Fault(file);
            fault.Path.Should().Be(path);
            fault.Message.Should().StartWith($"{path}: it cannot be read: ");
            fault.InnerException.Should().BeAssignableTo<IOException>();
        }

        file.VerifiedPath.Should().Be(path, "it was put right");
    }

    [Fact]
    public void It_is_looked_for_beside_application_executable_and_assembly_and_in_the_package()
    {
        string root = _folder.Path, assembly = Path.Combine(root, "package", "lib", "net10.0");

        DeployedFile.Folders(Path.Combine(root, "app"), Path.Combine(root, "host"), assembly).Should().Equal(
            Path.Combine(root, "app", "SsMfar.Pretrained"),
            Path.Combine(root, "host", "SsMfar.Pretrained"),
            Path.Combine(assembly, "SsMfar.Pretrained"),
            Path.Combine(root, "package", "weights"));
        DeployedFile.Folders(Path.Combine(root, "app"), Path.Combine(root, "app"), "").Should()
            .Equal([Path.Combine(root, "app", "SsMfar.Pretrained")], "an assembly in a single file has no folder");
        DeployedFile.Folders(Path.Combine(root, "app"), null, null).Should().ContainSingle();
    }

    private static void ShouldBeToldByTheConsole(ModelFileException fault)
    {
        (int exitCode, string line) = ConsoleAssembly.Failure(fault);
        exitCode.Should().Be(2);
        line.Should().StartWith(fault.Path).And
            .EndWith(". Build or publish this program again, or start from scratch with --weights none.");
    }

    private static ModelFileException Fault(DeployedFile file) =>
        FluentActions.Invoking(() => file.VerifiedPath).Should().Throw<ModelFileException>().Which;

    private DeployedFile File(params string[] folders) =>
        new("file.onnx", Hash, [.. folders.Select(folder => Path.Combine(_folder.Path, folder))]);

    private void Write(string folder, params byte[] content)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, folder));
        System.IO.File.WriteAllBytes(Path.Combine(_folder.Path, folder, "file.onnx"), content.Length > 0 ? content : Content);
    }
}
