using System.Runtime.InteropServices;

namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// The system's libturbojpeg, loaded when the first JPEG is read; the TurboJPEG C API of version 1.4 and later.
/// </summary>
internal sealed unsafe class TurboJpeg
{
    private static readonly Lazy<TurboJpeg?> Loaded = new(() => Load(LibraryNames()));

    private readonly delegate* unmanaged<nint> initDecompress;
    private readonly delegate* unmanaged<nint, byte*, CULong, int*, int*, int*, int*, int> decompressHeader3;
    private readonly delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int> decompress2;
    private readonly delegate* unmanaged<nint, int> destroy;
    private readonly delegate* unmanaged<byte*> getErrorText;

    private TurboJpeg(nint library)
    {
        initDecompress = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "tjInitDecompress");
        decompressHeader3 = (delegate* unmanaged<nint, byte*, CULong, int*, int*, int*, int*, int>)
            NativeLibrary.GetExport(library, "tjDecompressHeader3");
        decompress2 = (delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int>)
            NativeLibrary.GetExport(library, "tjDecompress2");
        destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "tjDestroy");
        getErrorText = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "tjGetErrorStr");
    }

    /// <summary>The system's library, or null where it is not installed.</summary>
    public static TurboJpeg? System => Loaded.Value;

    /// <summary>Loads the first of the named libraries that exists and has the five functions.</summary>
    public static TurboJpeg? Load(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                continue;
            }
            try
            {
                return new TurboJpeg(library);
            }
            catch (EntryPointNotFoundException)
            {
                NativeLibrary.Free(library);
            }
        }
        return null;
    }

    /// <summary>A decompressor; 0 when the library has no memory for one.</summary>
    public nint Open() => initDecompress();

    public void Close(nint decompressor) => destroy(decompressor);

    /// <summary>What the last failed call of this thread says.</summary>
    public string ErrorText() => Marshal.PtrToStringUTF8((nint)getErrorText()) ?? "no reason";

    public bool ReadHeader(
        nint decompressor, ReadOnlySpan<byte> file, out int height, out int width, out int colourSpace)
    {
        int foundHeight = 0, foundWidth = 0, subsampling = 0, foundSpace = 0;
        int status;
        fixed (byte* bytes = file)
        {
            status = decompressHeader3(
                decompressor, bytes, new CULong((nuint)file.Length),
                &foundWidth, &foundHeight, &subsampling, &foundSpace);
        }
        (height, width, colourSpace) = (foundHeight, foundWidth, foundSpace);
        return status == 0;
    }

    public bool Decompress(
        nint decompressor, ReadOnlySpan<byte> file, Span<byte> pixels,
        int height, int width, int pitch, int format, int flags)
    {
        fixed (byte* bytes = file)
        fixed (byte* target = pixels)
        {
            return decompress2(
                decompressor, bytes, new CULong((nuint)file.Length), target, width, pitch, height, format, flags) == 0;
        }
    }

    private static string[] LibraryNames() =>
        OperatingSystem.IsWindows() ? ["turbojpeg.dll", "libturbojpeg.dll"]
        : OperatingSystem.IsMacOS() ? ["libturbojpeg.0.dylib", "libturbojpeg.dylib"]
        : ["libturbojpeg.so.0", "libturbojpeg.so"];
}
